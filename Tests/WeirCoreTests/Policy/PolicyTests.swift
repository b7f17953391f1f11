import Testing
import WeirCalendar
import WeirCore

@Suite struct PolicyTests {
    private func errors(_ sources: (String, String)...) -> [String] {
        do throws(PolicyErrors) {
            _ = try Policy(sources.map { PolicySource(name: $0.0, text: $0.1) }, almanac: ZoneAlmanac())
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func sourcesAddUpAndANameUsedTwiceIsRefused() throws {
        let both = try Policy(
            [
                PolicySource(name: "WEIR_LIMITS", text: "a: 1/s by ip"),
                PolicySource(name: "p", text: "b: 2/s by user"),
            ], almanac: ZoneAlmanac())
        #expect(both.limits.map(\.name) == ["a", "b"])
        #expect(
            errors(("WEIR_LIMITS", "a: 1/s"), ("policy.weir", "\na: 2/s"))
                == ["policy.weir:2:1: expected a new name, found \"a\" again (also in WEIR_LIMITS)"])
        #expect(errors(("p", "a: 1/s; a: 2/s")) == ["p:1:9: expected a new name, found \"a\" again"])
        #expect(errors(("p", "a: 1/s when ip=@a; a: group 192.0.2.1")).isEmpty)
    }

    @Test func aSoleLimitIsCalledDefault() throws {
        #expect(
            try Policy(
                [PolicySource(name: "WEIR_LIMITS", text: "200/s burst 400 by ip")], almanac: ZoneAlmanac()
            ).limits[0].name == "default")
        #expect(errors(("WEIR_LIMITS", "1/s"), ("p", "2/s")).count == 1)
    }

    @Test(arguments: [
        ("a: 1/s replaces b", "p:1:1: expected the name of a limit after \"replaces\", found \"b\""),
        ("a: 1/s replaces a", "p:1:1: expected another limit after \"replaces\", found \"a\" itself"),
        (
            "flood: 1/s; x: exempt from floot when user",
            "p:1:13: expected the name of a limit after \"exempt from\", found \"floot\"; try flood"
        ),
        (
            "a: deny when ip=@offce; office: group 192.0.2.1",
            "p:1:14: expected the name of a group after \"@\", found \"offce\"; try @office"
        ),
        (
            "a: deny when ip=@g; g: group example.com",
            "p:1:14: expected addresses in the group \"g\" for ip, found \"example.com\""
        ),
        ("a: deny when ip=10.*", "p:1:14: expected an address or a prefix for ip, found \"10.*\"; try 192.0.2.0/24"),
        (
            "g: group @h; h: group a",
            "p:1:1: expected addresses, prefixes or text in a group, found \"@h\"; try the members of h themselves"
        ),
        (
            "a: 9007199254740993/min burst 9007199254740993",
            "p:1:1: expected smaller numbers: capacity × time of \"9007199254740993/min\" is too large to count exactly; try a smaller burst, or a smaller unit of time"
        ),
    ])
    func whatDoesNotHoldTogetherIsRefused(_ text: String, _ message: String) {
        #expect(errors(("p", text)) == [message])
    }

    @Test(arguments: [
        (
            "a: 5/month from signup by consumer",
            "\"from signup\" is not enforced by this version; try the limit without it"
        ),
        ("a: 1/s by ip overage to 5", "\"overage to 5\" is not enforced by this version; try the limit without it"),
    ])
    func whatThisVersionDoesNotEnforceIsRefusedNotIgnored(_ text: String, _ message: String) {
        #expect(errors(("p", text)) == ["p:1:1: \(message)"])
    }

    /// The fifteen policies: each is either enforced as it stands, or refused for exactly what is not enforced yet.
    @Test(arguments: FifteenPolicies.all.map(\.text))
    func thePolicyIsEnforcedOrRefusedForWhatIsNotYet(_ text: String) throws {
        let statements = try PolicyParser.parse(text)
        let expected = statements.compactMap { statement -> String? in
            guard case .limit(let limit) = statement.body, let unenforced = limit.unenforced else { return nil }
            return unenforced.message
        }
        let found = errors(("p", text))
        #expect(found.count == expected.count)
        for (error, message) in zip(found, expected) { #expect(error.contains(message)) }
    }

    @Test func moreCustomAttributesThanSlotsAreRefused() {
        let text = (0..<22).map { "a\($0): 1/s by x\($0)" }.joined(separator: "\n")
        #expect(
            errors(("p", text))
                == ["p:22:1: expected at most 21 custom attributes in all, found \"x21\" as one more"])
    }

    @Test func allErrorsOfAllSourcesAreToldAtOnce() {
        #expect(errors(("a", "x: 5/minute"), ("b", "y: 1/s overage"), ("c", "z: 1/s replaces q")).count == 3)
        #expect(errors(("big", String(repeating: "#", count: Policy.maximumTextBytes + 1))).count == 1)
    }

    @Test func lintWarnsOfWhatIsProbablyNotMeant() throws {
        func warnings(_ text: String) throws -> [String] {
            try Policy([PolicySource(name: "p", text: text)], almanac: ZoneAlmanac()).warnings.map(\.description)
        }
        #expect(try warnings("a: 1/s by user")[0].contains("a request without user is not limited"))
        #expect(try warnings("a: 1/s by user when user; b: 1/s by ip").isEmpty)
        #expect(try warnings("a: 1/s by api_key; d: deny 401 when no api_key").isEmpty)
        #expect(try warnings("a: 1/s by ip, route")[0].contains("route"))
        #expect(try warnings("a: 1/s by route; r: route /x*").isEmpty)
        #expect(try warnings("g: group 192.0.2.1") == ["1:1: the group g is not used"])
        #expect(try warnings("a: 1MB/s by ip counting bytes_out")[0].contains("bytes_out are known from reports alone"))
        #expect(try warnings("a: 1/s by ip counting answers 401|5xx")[0].contains("never denies"))
        #expect(try warnings("a: 1/s by ip counting units; b: 1/s by ip counting calls").isEmpty)
        #expect(try warnings("a: 1/s shadow replaces b; b: 1/s")[0].contains("replaces nothing"))
    }
}
