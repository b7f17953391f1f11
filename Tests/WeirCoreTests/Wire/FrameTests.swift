import Testing
import WeirCore

@Suite struct FrameTests {
    @Test(arguments: try Vector.all())
    func vectorMeansWhatItSays(_ vector: Vector) {
        #expect(describe(vector.frame, names: vector.names) == vector.expect)
    }

    /// A stream may end anywhere: a prefix is either incomplete, or already known to be wrong in the way the whole is.
    @Test(arguments: try Vector.all())
    func everyPrefixIsIncompleteOrWrongInTheSameWay(_ vector: Vector) {
        for count in 0..<vector.frame.count {
            let found = describe(Array(vector.frame.prefix(count)), names: vector.names)
            #expect(found == "incomplete" || found == vector.expect, "\(count) bytes")
        }
    }

    @Test func vectorsCoverEveryOperationAndMostErrorCodes() throws {
        #expect(try Vector.all().count >= 60)
        let expectations = try Vector.all().map { $0.expect.split(separator: " ").prefix(2).joined(separator: " ") }
        for word in [
            "hello ", "hello-answer", "check ", "check-answer", "report ", "report-answer", "release ",
            "release-answer", "ping ", "ping-answer", "goaway", "error-frame", "error bad_length", "error bad_version",
            "error bad_operation", "error truncated", "error bad_value", "error too_many", "incomplete",
        ] {
            #expect(expectations.contains { ($0 + " ").hasPrefix(word) }, "\(word)")
        }
    }

    /// Everything that a client writes is read back as it was meant.
    @Test func draftsAreReadBack() {
        let draft = CheckDraft(
            attributes: [("ip", Array("192.0.2.1".utf8)), ("tenant", Array("acme".utf8))], cost: 5, isPeek: true)
        #expect(
            describe(draft.frame(id: 3), names: ["tenant"]) == "check id=3 cost=5 flags=1 ip=192.0.2.1 tenant=acme")
        let ticket = Ticket(seal: 1, cell: 2, hour: 3, units: 4, serial: 5)
        let text = "010000000000000002000000030000000400000005000000"
        #expect(
            describe(Report.frame([Report(ticket: ticket, status: 204, bytesOut: 9, cost: 7)], id: 4), names: [])
                == "report id=4 flags=0 ticket=\(text) status=204 in=0 out=9 cost=7")
        #expect(describe(Release.frame([ticket], id: 5), names: []) == "release id=5 ticket=\(text)")
        #expect(
            describe(Hello(features: 2, client: "c/1").frame(id: 6), names: [])
                == "hello id=6 version=1 features=2 client=c/1")
    }

    @Test func aDraftThatCannotBeSentSaysWhy() {
        let long = [UInt8](repeating: 0x61, count: 8_193)
        #expect(CheckDraft(attributes: [("path", long)]).problem?.contains("path") == true)
        #expect(CheckDraft(attributes: [("", [1])]).problem?.contains("name") == true)
        let many = (0..<33).map { ("a\($0)", [UInt8(1)]) }
        #expect(CheckDraft(attributes: many).problem?.contains("33 attributes") == true)
        #expect(CheckDraft(attributes: [("path", long.dropLast(1)), ("user", long.dropLast(1))]).problem != nil)
        #expect(CheckDraft(attributes: [("ip", [1])]).problem == nil)
    }

    @Test func ticketTextIsReadBackAndGarbageIsNot() {
        let ticket = Ticket(seal: .max, cell: 1, hour: 491_520, units: 7, serial: 0xdead_beef)
        let text = bytes(capacity: 48) { ticket.writeText(to: &$0) }
        #expect(text.withBytes { Ticket(text: $0) } == ticket)
        #expect(Array("-".utf8).withBytes { Ticket(text: $0) }?.isNone == true)
        for bad in ["", "--", String(repeating: "g", count: 48), String(repeating: "0", count: 47)] {
            #expect(Array(bad.utf8).withBytes { Ticket(text: $0) } == nil)
        }
    }
}
