import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// From a call at a real agent to an invoice of a real collector, closed by what agents say of their usage.
@Suite struct InvoiceTests {
    private static let plan = "plan payg\nof weather\nmode payg\ncurrency USD\nprice calls per unit 0.01\n"

    private func weir(_ market: Market, _ arguments: String...) throws -> (code: Int32?, output: String) {
        let program = try RunningProgram(
            Programs.weir, arguments,
            environment: [
                "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(market.shop.collector.port)",
                "WEIR_ADMIN_TOKEN": ShopUnderTest.adminToken,
            ], in: market.shop.directory)
        return (program.wait(seconds: 30), program.log)
    }

    /// Calls until so many were allowed.
    private func call(_ agent: AgentUnderTest, _ key: String, _ count: Int) throws {
        var allowed = 0
        let done = try eventually(within: 20) {
            let answer = try agent.check([("host", "api.example.com"), ("path", "/v1/forecast"), ("api_key", key)])
            if answer.verdict == .allow { allowed += 1 }
            return allowed == count
        }
        #expect(done, "\(allowed) of \(count) calls")
    }

    /// What the collector's database is told by hand: that a contract was over when its calls had been made.
    private func end(_ contract: String, _ market: Market, fee: Bool = false) throws {
        let now = Int64(Date().timeIntervalSince1970)
        let charge = """
            INSERT INTO contract_charge (id, contract_id, kind, nano, remainder, denominator, service_start, service_end, order_id,
                made_at)
            SELECT 'chg_test', id, 'fee', 5000000000, 0, 1, starts_at, ends_at, '', starts_at FROM contract
            WHERE id = '\(contract)/1' AND NOT EXISTS (SELECT 1 FROM contract_charge WHERE contract_id = contract.id);
            """
        let sql = """
            .timeout 20000
            BEGIN IMMEDIATE;
            INSERT INTO contract (id, subscription_id, number, plan_id, starts_at, ends_at, whole_start, is_trial)
            SELECT id || '/1', id, 1, plan_id, \(now - 7_200), \(now), \(now - 7_200), 0 FROM subscription
            WHERE id = '\(contract)'
            ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                whole_start = excluded.whole_start;
            \(fee ? charge : "")
            COMMIT;
            """
        let file = try market.shop.directory.write("end.sql", sql)
        let path = market.shop.directory.file("collector/collector/weir.sqlite")
        let sqlite = try RunningProgram(
            "/bin/sh", ["-c", "sqlite3 -bail '\(path)' < '\(file)'"], environment: ["PATH": "/usr/bin:/bin"],
            in: market.shop.directory)
        #expect(sqlite.wait() == 0, "\(sqlite.log)")
    }

    private func numbers(_ market: Market) throws -> [String] {
        try market.shop.send("GET", "/v1/invoices").rows.compactMap { $0["number"] as? String }
    }

    @Test func whatAgentsHaveCountedIsInvoicedWhenTheySayThatItIsComplete() throws {
        let market = try Market(agents: 2, ["WEIR_INVOICE_GRACE": "1h"])
        defer { withExtendedLifetime(market) {} }
        try market.meter("calls", "calls")
        try market.publish(Self.plan)
        let signUp = try market.shop.signUp("Ada", plan: "payg")
        let key = signUp.inner("subscription", "key", "key")
        let contract = signUp.inner("subscription", "id")
        try market.topUp("5.00", "t-1")
        try call(market.agents[0], key, 20)
        try call(market.agents[1], key, 10)
        // One dies and is followed by another run, which says what became of it.
        try market.replace(0)
        try call(market.agents[0], key, 5)
        #expect(try eventually(within: 20) { try market.shop.collector.calls()["admitted"] == 35 })
        try end(contract, market)
        // They run, and have promised nothing yet: none is issued, and there is a preview.
        let preview = try weir(market, "invoice", "preview", "ada")
        #expect(preview.code == 0 && preview.output.contains("PREVIEW-000001"), "\(preview.output)")
        #expect(preview.output.contains("calls under payg 1"))
        #expect(try numbers(market) == [])
        for agent in market.agents {
            agent.program.send(SIGTERM)
            #expect(agent.program.wait(seconds: 20) == 0, "\(agent.program.log)")
        }
        #expect(
            try eventually(within: 40) { try numbers(market) == ["ACME-000001"] },
            "\(market.shop.collector.program.log)")
        let shown = try weir(market, "invoice", "show", "ACME-000001")
        #expect(shown.code == 0 && shown.output.contains("Invoice ACME-000001"), "\(shown.output)")
        #expect(shown.output.contains("0.35") && shown.output.contains("-0.35"), "\(shown.output)")
        #expect(!shown.output.contains("Not complete"))
        let csv = try weir(market, "invoice", "show", "ACME-000001", "--format", "csv")
        #expect(csv.output.hasPrefix("invoice,line,kind,contract"))
        let listed = try weir(market, "invoice", "list", "--consumer", "ada", "--state", "paid")
        #expect(listed.code == 0 && listed.output.contains("ACME-000001"), "\(listed.output)")
        for line in ["1", "2"] {
            let explained = try weir(market, "explain-bill", "ACME-000001", line)
            #expect(explained.code == 0, "\(explained.output)")
        }
        let explained = try weir(market, "explain-bill", "ACME-000001", "1", "--json")
        let object = try JSONSerialization.jsonObject(with: Data(explained.output.utf8)) as? [String: Any]
        let hours = object?["hours"] as? [[String: Any]] ?? []
        #expect(Set(hours.compactMap { $0["incarnation"] as? String }).count == 3, "\(explained.output)")
        #expect(hours.compactMap { $0["units"] as? Int }.reduce(0, +) == 35)
        #expect(try weir(market, "explain-bill", "ACME-000001", "3").code == 1)
        #expect(try weir(market, "invoice", "show", "ACME-000009").code == 1)
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }

    @Test func invoicesAreSeenByThoseWhomTheyAreOf() throws {
        let market = try Market(agents: 0)
        defer { withExtendedLifetime(market) {} }
        try market.publish("plan payg\nof weather\nmode subscription\ncurrency USD\nfee 5.00\nperiod month\n")
        let signUp = try market.shop.send(
            "POST", "/v1/signups",
            [
                "name": "=HYPERLINK(\"http://x\")", "external_id": "ada", "plan": "payg", "accepted_version": 1,
                "key_name": "",
            ])
        let contract = signUp.inner("subscription", "id")
        try end(contract, market, fee: true)
        #expect(try eventually(within: 30) { try numbers(market) == ["ACME-000001"] })
        func token(_ body: [String: Any]) throws -> String { try market.shop.send("POST", "/v1/tokens", body)["token"] }
        let own = try token(["scope": "consumer", "consumer": "ada"])
        _ = try market.shop.send("POST", "/v1/consumers", ["name": "Bob", "external_id": "bob"])
        let other = try token(["scope": "consumer", "consumer": "bob"])
        let seller = try token(["scope": "provider", "provider": "acme"])
        _ = try market.shop.send("POST", "/v1/providers", ["slug": "other"])
        let stranger = try token(["scope": "provider", "provider": "other"])
        let path = "/v1/invoices/ACME-000001"
        for (token, status, rows) in [(own, 200, 1), (other, 403, 0), (seller, 200, 1), (stranger, 403, 0)] {
            #expect(try market.shop.send("GET", path, token: token).status == status)
            #expect(try market.shop.send("GET", "\(path)/lines/1/explanation", token: token).status == status)
            #expect(try market.shop.send("GET", "/v1/invoices", token: token).rows.count == rows)
        }
        #expect(try market.shop.send("GET", "/v1/consumers/ada/invoice-preview", token: other).status == 403)
        #expect(try market.shop.send("GET", "/v1/invoices?consumer=ada", token: other).status == 403)
        #expect(try market.shop.send("GET", "/v1/invoices?state=late").status == 400)
        #expect(try market.shop.send("GET", "/v1/invoices/' OR 1=1 --").status != 200)
        #expect(try market.shop.send("GET", "\(path)?format=xml").field == "format")
        let json = try market.shop.send("GET", path)
        #expect(json["number"] == "ACME-000001" && ["open", "paid"].contains(json["state"]) && !json["unpaid"].isEmpty)
        // A name that a spreadsheet would run is text there.
        let csv = try market.shop.send("GET", "\(path)?format=csv").text
        #expect(csv.contains("\"'=HYPERLINK(\"\"http://x\"\")\""))
        let text = try market.shop.send("GET", "\(path)?format=text").text
        #expect(text.contains("To      =HYPERLINK(\"http://x\") ("))
        let events = try market.shop.send("GET", "/v1/events?limit=500").rows
        #expect(
            events.contains { $0["kind"] as? String == "invoice.issued" && $0["detail"] as? String == "ACME-000001" })
    }
}
