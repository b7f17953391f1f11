import Testing
import WeirCore

struct PolicyDocumentTests {
    private static func id(_ prefix: StaticString, _ number: UInt64) -> RecordID {
        let digits = String(number, radix: 10)
        let text = "\(prefix)01j2jw7y0000000000000000" + String(repeating: "0", count: 2 - digits.count) + digits
        guard let id = RecordID(prefix, text) else { preconditionFailure("no id: \(text)") }
        return id
    }

    private static let digests = [
        "92dc4cb07b31c4a8f7b337c60249ebc4a03a541ab41be562c7cde282793bddc6",
        "d3341fdb68b45a7e4d64efdbde5ab1d437e3b3ec5826020d2439744bc40bc5f9",
        "b42b37b8c519181be3167c5479d018a7f8e5f0ec38f6dff639c7630678a6192f",
    ].compactMap { KeyDigest(hex: $0) }

    private static let key = KeyRecord(
        id: id(RecordID.key, 1), consumer: id(RecordID.consumer, 1), subscription: id(RecordID.subscription, 1),
        digest: digests[0], state: .active, from: 1_764_547_200, until: nil)

    /// What `policy-whole.txt` says, but for the record of a later version.
    private static let whole: [PolicyRecord] = [
        .product(
            ProductRecord(
                id: id(RecordID.product, 1), slug: "weather", hosts: ["api.example.com", "*.weather.example.com"])),
        .route(
            RouteRecord(
                id: id(RecordID.route, 1), product: id(RecordID.product, 1), name: "forecast",
                methods: ["GET", "HEAD"], path: "/v1/forecast/*", weight: 1, order: 10)),
        .route(
            RouteRecord(
                id: id(RecordID.route, 2), product: id(RecordID.product, 1), name: "history", methods: [],
                path: "/v1/history*", weight: 5, order: 20)),
        .plan(
            PlanRecord(
                id: id(RecordID.plan, 1), code: "starter", version: 2, mode: .package, unreported: .bill,
                outage: "deny", rules: "burst: 10/s burst 20\nday: 1k/day in UTC when route=history")),
        .meter(
            MeterRecord(
                id: id(RecordID.meter, 1), plan: id(RecordID.plan, 1), code: "calls", dimension: .calls,
                ceilingNumerator: 500, ceilingDenominator: 1, filter: "")),
        .subscription(
            SubscriptionRecord(
                id: id(RecordID.subscription, 1), consumer: id(RecordID.consumer, 1), plan: id(RecordID.plan, 1),
                period: 3, products: [id(RecordID.product, 1)], state: .active, from: 1_764_547_200, until: nil)),
        .grant(
            GrantRecord(
                id: id(RecordID.grant, 1), subscription: id(RecordID.subscription, 1), unit: "calls", priority: 0,
                created: 1_764_547_200, until: 1_772_323_200, state: .open)),
        .key(key),
        .key(
            KeyRecord(
                id: id(RecordID.key, 2), consumer: id(RecordID.consumer, 1), subscription: nil, digest: digests[1],
                state: .active, from: 1_764_547_200, until: 1_796_083_200)),
    ]

    private static func read(_ text: String) throws(PolicyDocumentError) -> (PolicyDocumentHeader, [PolicyRecord]) {
        var records: [PolicyRecord] = []
        let header = try Array(text.utf8).withBytes { bytes throws(PolicyDocumentError) in
            try PolicyDocumentReader.read(bytes) { record, _ in records.append(record) }
        }
        return (header, records)
    }

    private static func write(from: Int64, to: Int64, _ records: [PolicyRecord]) -> String {
        var encoder = PolicyDocumentEncoder(from: from, to: to)
        for record in records { encoder.append(record) }
        return String(decoding: encoder.finish(), as: UTF8.self)
    }

    @Test func whatAUsedUpMeterDoesAndWhatMoneyIsForMayBeSaid() throws {
        for usedUp in MeterRecord.UsedUp.allCases {
            let records = [
                PolicyRecord.meter(
                    MeterRecord(
                        id: Self.id(RecordID.meter, 1), plan: Self.id(RecordID.plan, 1), code: "calls",
                        dimension: .calls, ceilingNumerator: 5, ceilingDenominator: 3, filter: "", usedUp: usedUp)),
                .grant(
                    GrantRecord(
                        id: Self.id(RecordID.grant, 1), subscription: Self.id(RecordID.subscription, 1),
                        unit: "money:USD", priority: 1, created: 1, until: nil, state: .open, scope: "calls")),
            ]
            let text = Self.write(from: 0, to: 1, records)
            #expect(text.contains("\t\(usedUp.rawValue)\n") && text.contains("\topen\tcalls\n"))
            #expect(try Self.read(text).1 == records)
        }
    }

    @Test
    func theVectorsAreReadAsTheSpecificationSays() throws {
        let (header, records) = try Self.read(ProtocolVectors.text("policy-whole.txt"))
        #expect(header == PolicyDocumentHeader(from: 0, to: 41) && header.isWhole)
        #expect(records == Self.whole)
        let (change, changes) = try Self.read(ProtocolVectors.text("policy-delta.txt"))
        #expect(change == PolicyDocumentHeader(from: 41, to: 43) && !change.isWhole)
        var revoked = Self.key
        revoked.state = .revoked
        #expect(changes.first == .key(revoked))
        #expect(changes.last == .gone(.grant, Self.id(RecordID.grant, 1)))
    }

    @Test
    func whatIsWrittenIsReadAgain() throws {
        let odd = PolicyRecord.plan(
            PlanRecord(
                id: Self.id(RecordID.plan, 2), code: "ödd\\plan", version: 1, mode: .payg, unreported: .skip,
                outage: "a\tb\\n", rules: "# nothing\n\n\t"))
        let records = Self.whole + [odd]
        #expect(try Self.read(Self.write(from: 0, to: 7, records)).1 == records)
        #expect(try Self.read(Self.write(from: 7, to: 7, [])).1.isEmpty)
    }

    @Test
    func aDocumentThatIsDrainedInPartsIsTheSame() {
        var encoder = PolicyDocumentEncoder(from: 0, to: 7)
        var parts: [UInt8] = []
        for record in Self.whole {
            encoder.append(record)
            parts += encoder.drain()
        }
        parts += encoder.finish()
        #expect(String(decoding: parts, as: UTF8.self) == Self.write(from: 0, to: 7, Self.whole))
    }

    @Test
    func aDocumentThatIsCutOffOrDamagedIsRefused() throws {
        let text = Self.write(from: 0, to: 7, Self.whole)
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            #expect(throws: PolicyDocumentError.self) {
                try Self.read(String(decoding: bytes.prefix(count), as: UTF8.self))
            }
        }
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[place] ^= 1
            #expect(throws: PolicyDocumentError.self) {
                try damaged.withBytes { bytes throws(PolicyDocumentError) in
                    try PolicyDocumentReader.read(bytes) { _, _ in }
                }
            }
        }
    }

    /// Puts other text in the place of some, with the right checksum.
    private static func refusal(_ part: String, _ replacement: String) throws -> PolicyDocumentError? {
        let lines = try ProtocolVectors.text("policy-whole.txt").split(separator: "\n").map(String.init)
        let changed = lines.dropLast().map { $0.replacing(part, with: replacement) }
        try #require(changed != Array(lines.dropLast()), "\(part) is not in the vector")
        let body = changed.joined(separator: "\n") + "\n"
        let crc = String(Array(body.utf8).withBytes { CRC32C.checksum($0) }, radix: 16)
        let end = "end\t10\t" + String(repeating: "0", count: 8 - crc.count) + crc + "\n"
        let text = body + end
        do throws(PolicyDocumentError) {
            _ = try Self.read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("weir-policy\t1", "weir-policy\t2", 1, "format"),
        ("\t0\t41", "\t9\t3", 1, "to"),
        ("prd_01j2jw7y000000000000000001\tweather", "prd_1\tweather", 2, "id"),
        ("weather\tapi", "wea ther\tapi", 2, "slug"),
        ("api.example.com|", "|", 2, "hosts"),
        ("/v1/forecast/*\t1", "/v1/forecast/*\t0", 3, "weight"),
        ("/v1/forecast", "v1/forecast", 3, "path"),
        ("\tpackage\t", "\tgift\t", 5, "mode"),
        ("burst: 10/s", "burst\\x: 10/s", 5, "rules"),
        ("\t500\t1\t", "\t500\t0\t", 6, "ceiling denominator"),
        ("000001/3", "000001/x", 7, "contract"),
        ("92dc4c", "92DC4C", 9, "digest"),
        ("1796083200", "1700000000", 10, "until"),
        ("key_01j2jw7y000000000000000002\tcon_", "key_01j2jw7y000000000000000002\tsub_", 10, "consumer"),
    ])
    func aWrongFieldIsRefusedByItsName(_ part: String, _ replacement: String, _ line: Int, _ field: String) throws {
        let error = try #require(try Self.refusal(part, replacement))
        #expect(error.line == line && error.field == field, "\(error)")
        #expect(!error.expected.isEmpty)
    }

    @Test
    func theWholeHasNothingThatIsGone() {
        let text = Self.write(from: 0, to: 2, [.gone(.key, Self.id(RecordID.key, 1))])
        #expect(throws: PolicyDocumentError.self) { try Self.read(text) }
    }
}
