import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Closed hours of usage, as those who bill elsewhere get them.
@Suite struct ExportTests {
    /// A shop with a consumer whose names are meant to hurt, and usage of an hour that is closed.
    private func shop() throws -> (shop: ShopUnderTest, usage: UsageOnPaper, grant: String) {
        let shop = try ShopUnderTest()
        try shop.stock()
        let signUp = try shop.send(
            "POST", "/v1/signups",
            [
                "name": "=cmd|' /C calc'!A0, \"Ada\"", "external_id": "cus_\"1,<b>", "plan": "starter",
                "accepted_version": 1,
            ])
        try #require(signUp.status == 201, "\(signUp.text)")
        let bought = try shop.send(
            "POST", "/v1/purchases",
            ["consumer": signUp.inner("consumer", "id"), "plan": "starter", "order_id": "o-1"])
        let lines = try #require(bought.body["lines"] as? [[String: Any]])
        let grant = try #require(lines.first?["grant"] as? String)
        let usage = UsageOnPaper(
            contract: signUp.inner("subscription", "id") + "/1", consumer: signUp.inner("consumer", "id"))
        return (shop, usage, grant)
    }

    private static let readStripe = """
        import json, sys
        for line in open(sys.argv[1]):
            event = json.loads(line)
            assert set(event) == {"event_name", "identifier", "timestamp", "payload"}, event
            assert len(event["identifier"]) <= 100
            print(event["event_name"], event["payload"]["stripe_customer_id"], event["payload"]["value"], event["identifier"])
        """

    @Test func aRunWritesWhatHasChangedAndTheSameAgainUntilItIsConfirmed() throws {
        let (shop, usage, grant) = try shop()
        #expect(try shop.collector.post(usage.batch(usage.reported(40, grant: grant))).status == 200)
        // A run that was broken off before it said that it was done.
        let first = try shop.send("GET", "/v1/exports/stripe").text
        let file = shop.directory.file("usage.jsonl")
        var run = try ShopCommand(shop, "export", "stripe", "--file", file)
        #expect(run.code == 0 && run.output.contains("wrote 1 to"), "\(run.output)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == first)
        let read = try ShopCommand.python(Self.readStripe, file, in: shop.directory).split(separator: " ")
        #expect(read.count == 4 && read[0] == "calls" && read[1] == "cus_\"1,<b>" && read[2] == "40", "\(read)")
        // The same again: nothing.
        run = try ShopCommand(shop, "export", "stripe", "--file", file)
        #expect(run.output.contains("nothing has changed"), "\(run.output)")
        #expect(try String(contentsOfFile: file, encoding: .utf8).isEmpty)
        // More usage of the same hour is another revision: what is added.
        #expect(try shop.collector.post(usage.batch(usage.reported(42, grant: grant))).status == 200)
        run = try ShopCommand(shop, "export", "stripe", "--file", file)
        let more = try ShopCommand.python(Self.readStripe, file, in: shop.directory).split(separator: " ")
        #expect(more.count == 4 && more[2] == "2" && more[3] != read[3], "\(more)")
        // Everything once more has the same identifiers.
        run = try ShopCommand(shop, "export", "stripe", "--file", file, "--all")
        let all = try ShopCommand.python(Self.readStripe, file, in: shop.directory)
        #expect(all.contains(read[3]) && all.contains(more[3].dropLast(1)), "\(all)")
        // Another exporter has a place of its own.
        run = try ShopCommand(shop, "export", "stripe", "--file", file, "--as", "second")
        #expect(run.output.contains("wrote 2 to"), "\(run.output)")
    }

    @Test func hoursThatAreNotOverAreNotExported() throws {
        var (shop, usage, grant) = try shop()
        usage.hour = UInt32(Date().timeIntervalSince1970 / 3_600)
        #expect(try shop.collector.post(usage.batch(usage.reported(40, grant: grant))).status == 200)
        #expect(try shop.send("GET", "/v1/exports/csv?cursor=0").text.split(separator: "\r\n").count == 1)
    }

    @Test func spreadsheetsAndEventReadersReadWhatWasWritten() throws {
        let (shop, usage, grant) = try shop()
        #expect(try shop.collector.post(usage.batch(usage.reported(40, grant: grant))).status == 200)
        let file = shop.directory.file("usage.csv")
        var run = try ShopCommand(shop, "export", "csv", "--file", file, "--json")
        #expect(run.json["entries"] as? Int == 1, "\(run.output)")
        let script = """
            import csv, sys
            rows = list(csv.DictReader(open(sys.argv[1], newline="")))
            print(len(rows), rows[0]["units"], rows[0]["change"], rows[0]["revision"], rows[0]["meter"])
            print(rows[0]["consumer"])
            """
        let read = try ShopCommand.python(script, file, in: shop.directory)
        // What a spreadsheet would take for a formula is text.
        #expect(read == "1 40 40 1 calls\n'=cmd|' /C calc'!A0, \"Ada\"\n", "\(read)")
        let upload = shop.directory.file("upload.csv")
        run = try ShopCommand(shop, "export", "stripe", "--file", upload)
        let columns = try ShopCommand.python(
            "import csv, sys; row = next(csv.DictReader(open(sys.argv[1], newline=''))); print(row['payload_value'], row['payload_stripe_customer_id'], row['event_name'], int(row['timestamp']) % 3600)",
            upload, in: shop.directory)
        #expect(columns == "40 cus_\"1,<b> calls 0\n", "\(columns)")
        let events = shop.directory.file("events.jsonl")
        run = try ShopCommand(shop, "export", "openmeter", "--file", events)
        let event = try ShopCommand.python(
            "import json, sys; e = json.loads(open(sys.argv[1]).read()); print(e['specversion'], e['type'], e['subject'], e['source'], e['data']['value'], e['time'][-4:])",
            events, in: shop.directory)
        #expect(event == "1.0 calls cus_\"1,<b> weir 40 :00Z\n", "\(event)")
    }

    @Test func whatIsAskedForWrongIsRefusedByItsName() throws {
        let shop = try ShopUnderTest()
        #expect(try shop.send("GET", "/v1/exports/lago").field == "format")
        #expect(try shop.send("GET", "/v1/exports/csv?cursor=x").field == "cursor")
        #expect(try shop.send("GET", "/v1/exports/csv?limit=0").field == "limit")
        #expect(try shop.send("POST", "/v1/exports/csv", ["cursor": 7]).field == "cursor")
        #expect(try shop.send("GET", "/v1/exports/csv", token: ShopUnderTest.agentToken).status == 403)
        let run = try ShopCommand(shop, "export", "csv", "--file", "/nowhere/at/all.csv")
        #expect(run.code == 2 && run.output.contains("cannot write /nowhere/at/all.csv.part"), "\(run.output)")
    }
}
