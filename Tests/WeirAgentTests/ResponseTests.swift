import Testing
import WeirAgent
import WeirCore

/// What clients are told of their limits: the forms of the header fields, when to come back, and the body of a denial.
@Suite struct ResponseTests {
    private static let fields = [
        "RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining", "X-RateLimit-Reset",
    ]

    private func policy(_ style: ResponseStyle) -> HTTPPolicy {
        HTTPPolicy(attributes: [], trustedHops: 1, servesProxies: true, servesChecks: true, style: style)
    }

    private func written(_ body: (inout ByteWriter) -> Void) -> String {
        String(decoding: bytes(capacity: 512, body), as: UTF8.self)
    }

    // MARK: Forms

    @Test(
        arguments: [
            (HeaderForm.ietf, ["\"default\";r=4;t=12", "\"default\";q=5;w=60", nil, nil, nil, nil, nil, nil]),
            (.draft7, ["limit=5, remaining=4, reset=12", "5;w=60", nil, nil, nil, nil, nil, nil]),
            (.draft6, ["", "5;w=60", "5", "4", "12", nil, nil, nil]),
            (.legacy, ["", "", nil, nil, nil, "5", "4", "12"]),
            // 500,000 hours after 1970, and twelve seconds.
            (.legacyEpoch, ["", "", nil, nil, nil, "5", "4", "1800000012"]),
            (.both, ["\"default\";r=4;t=12", "\"default\";q=5;w=60", nil, nil, nil, "5", "4", "12"]),
            (.none, ["", "", nil, nil, nil, nil, nil, nil]),
        ] as [(HeaderForm, [String?])])
    func eachFormHasItsFieldsAndNoOthers(_ form: HeaderForm, _ expected: [String?]) throws {
        let door = try DoorHarness()
        let style = policy(ResponseStyle(headers: form))
        let response = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"], policy: style)
        #expect(response.status == 200)
        #expect(Self.fields.map { response[$0] } == expected)
        for _ in 0..<4 { _ = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"], policy: style) }
        let denied = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"], policy: style)
        #expect(denied.status == 429)
        #expect(denied["Retry-After"] == "12", "in every form")
        #expect(Self.fields.map { denied[$0] == nil } == expected.map { $0 == nil }, "the same fields on a denial")
    }

    @Test(arguments: HeaderForm.allCases)
    func withoutALimitEveryFieldIsThereAndEmpty(_ form: HeaderForm) throws {
        let response = try DoorHarness("").ask("/forward", policy: policy(ResponseStyle(headers: form)))
        for name in Self.fields { #expect([nil, ""].contains(response[name]), "\(name)") }
        #expect(response["RateLimit"] == "" && response["RateLimit-Policy"] == "")
    }

    @Test func requestsAtOnceHaveAUnitAndNoWindow() throws {
        let door = try DoorHarness("together: 2 concurrent by ip hold 30s")
        let response = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"])
        #expect(response["RateLimit-Policy"] == "\"together\";q=2;qu=\"concurrent-requests\"")
        #expect(response["RateLimit"] == "\"together\";r=1;t=30")
    }

    @Test func bytesHaveAUnitAndNumbersStayIntegersOfStructuredFields() {
        var decision = Decision(
            verdict: .allow, reason: .ok, status: 200, state: .local, statement: .limit(0), limit: .max,
            remaining: .max, windowSeconds: 3_600, resetMicroseconds: .max)
        decision.unit = .contentBytes
        Array("data".utf8).withBytes { name in
            #expect(
                written { RateLimitFields.writePolicy(decision, rule: name, to: &$0) }
                    == "\"data\";q=999999999999999;qu=\"content-bytes\";w=3600")
            #expect(
                written { RateLimitFields.writeLimit(decision, rule: name, to: &$0) }
                    == "\"data\";r=999999999999999;t=18446744073710")
        }
    }

    // MARK: When to come back

    private func denial(_ microseconds: UInt64) -> Decision {
        Decision(
            verdict: .deny, reason: .rate, status: 429, state: .local, statement: .limit(0),
            retryAfterMicroseconds: microseconds)
    }

    @Test(
        arguments: [
            (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (59_000_001, 60), (86_400_000_000, 86_400),
        ] as [(UInt64, UInt64)])
    func retryAfterIsWholeSecondsAndNeverTooEarly(_ microseconds: UInt64, _ seconds: UInt64) {
        var jitter = RetryJitter(seed: 1)
        #expect(RateLimitFields.retryAfter(denial(microseconds), &jitter, by: .none) == seconds)
    }

    @Test func whatCanNeverPassHasNoTime() {
        var jitter = RetryJitter(seed: 1)
        #expect(RateLimitFields.retryAfter(denial(CheckAnswer.never), &jitter, by: .percent(50)) == nil)
        #expect(RateLimitFields.retryAfter(denial(.max - 1), &jitter, by: .percent(100)) != nil, "it does not overflow")
    }

    @Test(
        arguments: [
            (RetryJitter.Bound.microseconds(5_000_000), 10...15), (.percent(50), 10...15), (.percent(100), 10...20),
        ] as [(RetryJitter.Bound, ClosedRange<UInt64>)])
    func jitterOnlyAddsAndReachesItsWholeRange(_ bound: RetryJitter.Bound, _ range: ClosedRange<UInt64>) {
        var jitter = RetryJitter(seed: 7)
        var seen: Set<UInt64> = []
        for _ in 0..<2_000 {
            if let seconds = RateLimitFields.retryAfter(denial(10_000_000), &jitter, by: bound) { seen.insert(seconds) }
        }
        #expect(seen.min().map { $0 >= range.lowerBound } == true)
        #expect(seen.max() == range.upperBound)
        #expect(seen.count >= range.count - 1)
    }

    @Test func jitterMovesRetryAfterAndNotTheReset() throws {
        let door = try DoorHarness("all: 1/min by ip")
        let style = policy(ResponseStyle(jitter: .percent(100)))
        _ = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"], policy: style)
        var seen: Set<String> = []
        for _ in 0..<50 {
            let denied = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"], policy: style)
            #expect(denied["RateLimit"] == "\"all\";r=0;t=60")
            let seconds = try #require(denied["Retry-After"])
            #expect(try (60...120).contains(#require(Int(seconds))))
            seen.insert(seconds)
        }
        #expect(seen.count > 10)
    }

    // MARK: Denials

    @Test func everyLimitThatDeniesIsNamedTheSlowestFirst() throws {
        let door = try DoorHarness("fast: 1/s by ip; slow: 1/h by ip; wide: 100/h by ip; seen: 1/h by ip shadow")
        let client = ["X-Forwarded-For: 192.0.2.1"]
        #expect(try door.ask("/forward", client).status == 200)
        let denied = try door.ask("/forward", client)
        #expect(denied["Weir-Rule"] == "slow")
        #expect(denied.body.hasSuffix("\"violated-policies\":[\"slow\",\"fast\"]}"), "\(denied.body)")
        door.now.microseconds += 2_000_000
        #expect(try door.ask("/forward", client).body.hasSuffix("\"violated-policies\":[\"slow\"]}"))
    }

    @Test func atMostEightLimitsAreNamed() throws {
        let name = String(repeating: "n", count: 61)
        let rules = (10..<40).map { "\(name)\($0): 1/h by ip" }.joined(separator: "; ")
        let door = try DoorHarness(rules)
        let client = ["X-Real-IP: 192.0.2.1"]
        #expect(try door.ask("/nginx", client).status == 200)
        let denied = try door.ask("/nginx", client)
        #expect(denied.status == 403)
        #expect(denied["Weir-Body"]?.components(name).count == 9)
        #expect(denied["Weir-Body"]?.hasSuffix("]}") == true)
    }

    /// A `deny` statement looks at no limit: what the check before has matched is not named.
    @Test func aDenyStatementViolatesNoLimit() throws {
        let door = try DoorHarness("slow: 1/h by ip; no: deny when user=x")
        for _ in 0..<2 { _ = try door.ask("/check", ["Weir-Attr-ip: 192.0.2.1"]) }
        let denied = try door.ask("/check", ["Weir-Attr-ip: 192.0.2.1", "Weir-Attr-user: x"])
        #expect(denied.status == 403)
        #expect(!denied.body.contains("violated-policies"))
    }

    @Test func aKeyThatIsNoneIsAnInvalidTokenAndAMissingOneIsNot() {
        #expect(written { AuthenticateField.write(.keyMissing, to: &$0) } == "Bearer realm=\"api\"")
        for reason in [Reason.keyUnknown, .keyRevoked, .keyExpired] {
            #expect(
                written { AuthenticateField.write(reason, to: &$0) } == "Bearer realm=\"api\", error=\"invalid_token\"")
        }
    }

    @Test func nothingThatIsRefusedMayBeStored() throws {
        for target in ["/nowhere", "/report"] { #expect(try DoorHarness().ask(target)["Cache-Control"] == "no-store") }
        #expect(try DoorHarness().ask("/check", ["Weir-Cost: x"])["Cache-Control"] == "no-store")
        #expect(try DoorHarness("no: deny 402 when no user").ask("/nginx")["Cache-Control"] == "no-store")
        #expect(try DoorHarness().ask("/nginx")["Cache-Control"] == nil)
    }
}
