import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Agents decide on API keys by what a collector sells: over the long poll, from disk, and whatever clients say.
@Suite struct ContractTests {
    // Keys and digests of protocol/vectors/keys.txt, under the pepper of `PolicyServer`.
    private static let keys = [
        "weir_live_Abc0123456789XyzAbc0123456789Z3yfXA0", "weir_test_0000000000000000000000000000001Svy7G",
        "weir_live_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz0fMcy6",
    ]
    private static let digests = [
        "92dc4cb07b31c4a8f7b337c60249ebc4a03a541ab41be562c7cde282793bddc6",
        "d3341fdb68b45a7e4d64efdbde5ab1d437e3b3ec5826020d2439744bc40bc5f9",
        "b42b37b8c519181be3167c5479d018a7f8e5f0ec38f6dff639c7630678a6192f",
    ]

    private static func id(_ number: UInt64) -> RecordID { RecordID(bits: Hash128(low: number, high: 77)) }

    private static func key(_ number: Int, of consumer: UInt64 = 100, _ state: KeyRecord.State = .active) throws
        -> PolicyRecord
    {
        .key(
            KeyRecord(
                id: id(UInt64(20 + number)), consumer: id(consumer), subscription: nil,
                digest: try #require(KeyDigest(hex: digests[number])), state: state, from: 0, until: nil))
    }

    private static func subscription(
        _ number: UInt64, of consumer: UInt64, _ state: SubscriptionRecord.State = .active
    ) -> PolicyRecord {
        .subscription(
            SubscriptionRecord(
                id: id(number), consumer: id(consumer), plan: id(3), period: 1, products: [id(1)], state: state,
                from: 0,
                until: nil))
    }

    private static func shop() throws -> [PolicyRecord] {
        [
            .product(ProductRecord(id: id(1), slug: "weather", hosts: ["api.example.com"])),
            .route(
                RouteRecord(
                    id: id(2), product: id(1), name: "forecast", methods: [], path: "/v1/*", weight: 1, order: 0)),
            .plan(
                PlanRecord(
                    id: id(3), code: "starter", version: 1, mode: .subscription, unreported: .bill, outage: "deny",
                    rules: "burst: 1k/s burst 1k")),
            subscription(10, of: 100), try key(0), try key(1, of: 101),
        ]
    }

    private static let host = ["X-Original-Method: GET", "X-Original-URI: /v1/forecast", "X-Real-IP: 192.0.2.1"]

    /// What nginx is told of a request to the product with a key.
    private func ask(_ agent: AgentUnderTest, _ key: String? = nil, _ more: [String] = []) throws -> HTTPReply {
        let client = try ClientSocket(unix: agent.httpSocket)
        let fields = Self.host + more + (key.map { ["X-API-Key: \($0)"] } ?? [])
        client.send("GET /nginx HTTP/1.1\r\nHost: api.example.com\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n")
        return try #require(client.receiveResponse(), "no answer: \(agent.program.log)")
    }

    private func reason(_ agent: AgentUnderTest, _ key: String?) throws -> String? {
        try ask(agent, key)["Weir-Reason"]
    }

    @Test func aRevokedKeyIsDeniedByEveryConnectedAgentWithinFiveSeconds() throws {
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let agents = try (0..<3).map { _ in try AgentUnderTest(server.agentSettings) }
        for agent in agents {
            #expect(try reason(agent, Self.keys[0]) == "ok")
            #expect(try reason(agent, Self.keys[2]) == "key-unknown")
        }
        let start = Date()
        server.publish([try Self.key(0, .revoked), try Self.key(2)])
        for agent in agents {
            #expect(try eventually(within: 5) { try reason(agent, Self.keys[0]) == "key-revoked" })
            #expect(try reason(agent, Self.keys[2]) == "ok")
        }
        #expect(Date().timeIntervalSince(start) < 5)
        // Nor does the long poll hold up an agent that is to stop.
        agents[0].program.send(SIGTERM)
        #expect(agents[0].program.wait(seconds: 5) == 0)
        // What had been asked for while nothing changed was a long poll, not a stream of questions.
        #expect(server.questions.count < 20, "\(server.questions)")
    }

    @Test func answersSayWhatIsWrongWithAKey() throws {
        let server = try PolicyServer()
        server.publish(try Self.shop() + [Self.subscription(11, of: 102, .overdue), try Self.key(2, of: 102)])
        let agent = try AgentUnderTest(server.agentSettings)
        let missing = try ask(agent)
        #expect(missing.status == 401 && missing["Weir-Reason"] == "key-missing")
        #expect(missing["WWW-Authenticate"] == "Bearer realm=\"api\"")
        let unknown = try ask(agent, "weir_live_typo")
        #expect(unknown.status == 401 && unknown["Weir-Reason"] == "key-unknown")
        #expect(unknown["WWW-Authenticate"] == "Bearer realm=\"api\", error=\"invalid_token\"")
        // nginx takes no other status than 401 and 403; Weir-Status has the one that is meant.
        let noPlan = try ask(agent, Self.keys[1])
        #expect(noPlan.status == 403 && noPlan["Weir-Reason"] == "no-plan")
        let overdue = try ask(agent, Self.keys[2])
        #expect(overdue["Weir-Status"] == "402" && overdue["Weir-Reason"] == "balance")
        let bearer = try ask(agent, nil, ["Authorization: Bearer \(Self.keys[0])"])
        #expect(bearer.status == 200 && bearer["Weir-Rule"] == "burst@starter.1")
    }

    @Test func whatAClientSaysOfItselfDoesNotHelp() throws {
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let agent = try AgentUnderTest(server.agentSettings)
        let forged = [("consumer", "con_rich"), ("plan", "gold"), ("product", "free"), ("route", "cheap")]
        let request = [("host", "api.example.com"), ("path", "/v1/x"), ("method", "GET"), ("ip", "192.0.2.1")]
        #expect(try agent.check(request + forged).reason == .keyMissing)
        #expect(try agent.check(request + forged + [("api_key", Self.keys[2])]).reason == .keyUnknown)
        let answer = try agent.check(request + forged + [("api_key", Self.keys[0])])
        #expect(answer.verdict == .allow && answer.consumer == Self.id(100).text(RecordID.consumer))
        #expect(answer.rule == "burst@starter.1")
        // A request of no product is decided as without any contract.
        let other = try agent.check([("host", "other.example.com"), ("path", "/v1/x"), ("ip", "192.0.2.1")] + forged)
        #expect(other.verdict == .allow && other.rule == "own" && other.consumer == "con_rich")
    }

    @Test func anAgentWhoseCollectorIsDownDecidesByWhatIsOnDisk() throws {
        let directory = try TemporaryDirectory()
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let first = try AgentUnderTest(server.agentSettings, in: directory)
        server.publish([try Self.key(0, .revoked), try Self.key(2)])
        #expect(try eventually { try reason(first, Self.keys[2]) == "ok" })
        let changes = directory.file("state/policy/changes")
        #expect(eventually { FileManager.default.fileExists(atPath: changes) })
        first.program.kill()
        server.stop()
        for name in ["whole", "changes"] {
            let rights = try FileManager.default.attributesOfItem(atPath: directory.file("state/policy/\(name)"))
            #expect((rights[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }

        let start = Date()
        let second = try AgentUnderTest(server.agentSettings, in: directory)
        #expect(Date().timeIntervalSince(start) < 5)
        #expect(second.program.log.contains("policy 2 from disk: 1 products, 1 plans"))
        #expect(try reason(second, Self.keys[2]) == "ok" && reason(second, Self.keys[0]) == "key-revoked")
        #expect(try second.admin("/status").contains("\"source\" : \"disk\""))
        #expect(try second.metric("weir_contract_version") == 2)
        second.program.kill()

        // An end that was being written is cut off, and what is before it counts.
        let handle = try #require(FileHandle(forWritingAtPath: changes))
        try handle.seekToEnd()
        handle.write(Data("weir-policy\t1\t2\t3\nkey\t".utf8))
        try handle.close()
        let third = try AgentUnderTest(server.agentSettings, in: directory)
        #expect(third.program.log.contains("changes: the last change was not written to its end"))
        #expect(try reason(third, Self.keys[2]) == "ok")
        #expect(try String(contentsOfFile: changes, encoding: .utf8).hasSuffix("\n"))
        third.program.kill()

        // A collector that comes back is asked for what has changed since.
        let again = try PolicyServer(port: server.port)
        again.publish(try Self.shop())
        again.publish([try Self.key(0, .revoked), try Self.key(2)])
        again.publish([.gone(.key, Self.id(22))])
        let fourth = try AgentUnderTest(server.agentSettings, in: directory)
        #expect(try eventually { try reason(fourth, Self.keys[2]) == "key-unknown" })
        #expect(again.questions.first?.contains("since=2&") == true)
    }

    /// Nobody knows what is sold: until somebody says so, nothing passes that might be.
    @Test func anAgentThatHasNeverHeardWhatIsSoldLetsNothingPassUntilItHas() throws {
        let server = try PolicyServer()
        let port = server.port
        server.stop()
        let agent = try AgentUnderTest(server.agentSettings)
        for key in [nil, Self.keys[0]] as [String?] { #expect(try reason(agent, key) == "no-policy") }
        // It may be the host of a product, as far as anybody knows.
        let answer = try agent.check([("host", "other.example"), ("path", "/")])
        #expect((answer.reason, answer.verdict, answer.status) == (.noPolicy, .deny, 503))
        #expect(answer.retryAfterMicroseconds == 1_000_000)
        let ready = try ClientSocket(port: agent.adminPort)
        ready.send("GET /readyz HTTP/1.1\r\nHost: weir\r\n\r\n")
        let reply = try #require(ready.receiveResponse())
        #expect(reply.status == 503 && reply.body.hasPrefix("no policy on disk and none from the collector yet"))
        #expect(agent.program.log.contains("nobody knows what is sold"))
        let again = try PolicyServer(port: port)
        again.publish(try Self.shop())
        #expect(try eventually(within: 40) { try reason(agent, Self.keys[0]) == "ok" })
        #expect(try agent.check([("host", "other.example"), ("path", "/")]).verdict == .allow)
        #expect(try agent.admin("/readyz") == "ok\n")
        // One that has a policy on disk needs nobody.
        again.stop()
        agent.program.kill()
        let second = try AgentUnderTest(server.agentSettings, in: agent.directory)
        #expect(try reason(second, Self.keys[0]) == "ok")
        #expect(try second.admin("/readyz") == "ok\n")
    }

    @Test func aCollectorThatHasNothingToSellDeniesNobody() throws {
        let server = try PolicyServer()
        let agent = try AgentUnderTest(server.agentSettings)
        #expect(try agent.check([("host", "other.example"), ("path", "/")]).verdict == .allow)
        #expect(try agent.admin("/readyz") == "ok\n")
    }

    @Test func aDamagedPolicyOnDiskIsRefusedWithItsReasonAndAskedForAgain() throws {
        let directory = try TemporaryDirectory()
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let first = try AgentUnderTest(server.agentSettings, in: directory)
        let path = directory.file("state/policy/whole")
        #expect(eventually { FileManager.default.fileExists(atPath: path) })
        first.program.kill()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("active", with: "actife").write(toFile: path, atomically: true, encoding: .utf8)
        let second = try AgentUnderTest(server.agentSettings, in: directory)
        #expect(second.program.log.contains("the policy on disk is refused: \(path): checksum: expected"))
        // The collector was waited for before the first request was answered.
        #expect(try reason(second, Self.keys[0]) == "ok" && reason(second, nil) == "key-missing")
        second.program.kill()
        try "weir-policy\t9\t0\t1\nend\t0\t00000000\n".write(toFile: path, atomically: true, encoding: .utf8)
        server.stop()
        let third = try AgentUnderTest(server.agentSettings, in: directory)
        #expect(third.program.log.contains("line 1: format: expected a number from 1 to 1, found \"9\""))
        #expect(third.program.log.contains("no policy on disk and none from the collector yet"))
    }

    @Test func aPolicyThatIsWrongLeavesTheOneBeforeInForce() throws {
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let agent = try AgentUnderTest(server.agentSettings)
        #expect(try reason(agent, Self.keys[0]) == "ok")
        server.answer(instead: Array("<html>a proxy says hello</html>\n".utf8))
        server.publish([try Self.key(0, .revoked)])
        #expect(eventually { (try? agent.admin("/status").contains("line 1: name: expected weir-policy")) == true })
        #expect(try reason(agent, Self.keys[0]) == "ok")
        server.answer(instead: nil)
        #expect(try eventually(within: 40) { try reason(agent, Self.keys[0]) == "key-revoked" })
        #expect(try agent.admin("/status").contains("refusal\" : \"line") == false)
    }

    @Test func rawKeysAreNowhere() throws {
        let directory = try TemporaryDirectory()
        let server = try PolicyServer()
        server.publish(try Self.shop())
        var settings = server.agentSettings
        settings["WEIR_LOG_LEVEL"] = "debug"
        settings["WEIR_FLUSH"] = "100ms"
        let agent = try AgentUnderTest(settings, in: directory)
        for key in Self.keys { for _ in 0..<3 { _ = try ask(agent, key) } }
        let pages = try ["/status", "/metrics", "/settings"].map { try agent.admin($0) }.joined()
        #expect(pages.contains("\"keys\" : 2"))
        var files: [String] = []
        // What it was counted as comes to the journal.
        let id = Self.id(20).text(RecordID.key)
        let isWritten = eventually {
            files = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
            return files.contains { file in
                file.contains("state/journal")
                    && FileManager.default.contents(atPath: directory.file(file)).map { Self.contains($0, id) } ?? false
            }
        }
        #expect(isWritten)
        #expect(files.contains { $0.hasSuffix("policy/whole") } && files.count > 5)
        for secret in Self.keys + [PolicyServer.pepper] {
            #expect(!pages.contains(secret))
            for file in files {
                guard let data = FileManager.default.contents(atPath: directory.file(file)) else { continue }
                #expect(!Self.contains(data, secret), "\(file)")
            }
        }
    }

    private static func contains(_ data: Data, _ text: String) -> Bool {
        data.range(of: Data(text.utf8)) != nil
    }

    @Test func aSprayOfInventedKeysCostsNoMemoryAndNobodyElse() throws {
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let agent = try AgentUnderTest(server.agentSettings)
        var random = SeededRandom(3)
        func spray(_ count: Int) throws {
            let client = try agent.connect()
            for start in stride(from: 0, to: count, by: 200) {
                var frames: [UInt8] = []
                for _ in 0..<200 {
                    let bytes = (0..<KeyText.mintBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                    let key = try #require(KeyText.mint(.live, random: bytes))
                    frames += CheckDraft(
                        attributes: [("host", "api.example.com"), ("path", "/v1/x"), ("api_key", key)].map {
                            ($0.0, Array($0.1.utf8))
                        }
                    ).frame(id: UInt64(start))
                }
                try #require(client.send(frames))
                for _ in 0..<200 {
                    #expect(try AgentUnderTest.answer(#require(client.receiveFrame())).reason == .keyUnknown)
                }
            }
        }
        #expect(try reason(agent, Self.keys[0]) == "ok")
        try spray(6_000)
        let (memory, cells) = (Self.anonymousBytes(agent), try agent.metric("weir_usage_cells"))
        try spray(20_000)
        #expect(Self.anonymousBytes(agent) - memory < 1 << 20)
        #expect(try agent.metric("weir_usage_cells") == cells)
        let digests = try #require(try agent.metric("weir_key_digests_total"))
        #expect(digests >= 26_000)
        // Whoever is known is still known without working anything out.
        #expect(try reason(agent, Self.keys[0]) == "ok")
        #expect(try agent.metric("weir_key_digests_total") == digests)
    }

    private static func anonymousBytes(_ agent: AgentUnderTest) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(agent.program.pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
        return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) * 1_024
    }

    @Test func theAgentsOwnRulesAreReloadedBesideWhatIsSold() throws {
        let directory = try TemporaryDirectory()
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let path = directory.file("policy.weir")
        try "own: 100/s burst 100 by ip".write(toFile: path, atomically: true, encoding: .utf8)
        var settings = server.agentSettings
        (settings["WEIR_LIMITS"], settings["WEIR_POLICY"]) = ("", path)
        let agent = try AgentUnderTest(settings, in: directory)
        #expect(try ask(agent, Self.keys[0])["Weir-Rule"] == "own")
        try "own: 5k/s burst 5k by ip".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try eventually { try ask(agent, Self.keys[0])["Weir-Rule"] == "burst@starter.1" })
        #expect(try reason(agent, nil) == "key-missing")
    }

    @Test func statusAndExplainSayWhatIsSoldAndToWhom() throws {
        let server = try PolicyServer()
        server.publish(try Self.shop())
        let agent = try AgentUnderTest(server.agentSettings)
        #expect(agent.program.log.contains("keys    policy 1 from collector: 1 products, 1 plans, 2 keys"))
        let environment = [
            "WEIR_ADMIN_URL": "http://127.0.0.1:\(agent.adminPort)",
            "WEIR_ADMIN_LISTEN": "127.0.0.1:\(agent.adminPort)",
        ]
        func weir(_ arguments: [String]) throws -> (String, Int32?) {
            let program = try RunningProgram(Programs.weir, arguments, environment: environment, in: agent.directory)
            let code = program.wait()
            return (program.log, code)
        }
        let (status, _) = try weir(["status"])
        #expect(status.contains("sold     policy 1 from collector"), "\(status)")
        #expect(status.contains("burst@starter.1") && status.contains("1k/s burst 1k by consumer"))
        let request = ["host=api.example.com", "path=/v1/x", "ip=192.0.2.1"]
        let (denied, code) = try weir(["explain"] + request)
        #expect(denied.contains("product weather, route forecast") && denied.contains("denied with 401: no API key"))
        #expect(code == 1)
        let (allowed, passes) = try weir(["explain"] + request + ["api_key=\(Self.keys[0])"])
        #expect(allowed.contains("plan starter, contract \(Self.id(10).text(RecordID.subscription))/1"), "\(allowed)")
        #expect(allowed.contains("burst@starter.1: passes") && passes == 0)
    }
}
