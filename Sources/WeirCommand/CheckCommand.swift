import ArgumentParser
import WeirClient
import WeirSettings

/// `weir check`: may this request pass?
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask the agent whether a request may pass.",
        discussion: """
            Exit code 0: allowed, 1: denied, 2: no answer.

            Examples:
              weir check ip=192.0.2.1 path=/search
              weir check --peek api_key=k_123
              weir check --count 500 ip=192.0.2.1
            """)

    @Argument(
        help: "The request's attributes as NAME=VALUE: ip, method, path, host, api_key, user, or a name of your own.")
    var attributes: [String] = []

    @Option(help: "Units that the request takes.")
    var cost: UInt32 = 1

    @Flag(help: "Decide, but take and count nothing.")
    var peek = false

    @Option(help: "Ask so many times, and print totals.")
    var count: Int?

    @Option(help: "How long to wait for an answer, in milliseconds.")
    var timeout: Int = 1_000

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        for attribute in attributes where !attribute.contains("=") || attribute.hasPrefix("=") {
            throw ValidationError("expected NAME=VALUE, found \"\(attribute)\": try ip=192.0.2.1")
        }
        if let count, count < 1 { throw ValidationError("--count: expected at least 1") }
        if timeout < 1 { throw ValidationError("--timeout: expected at least 1") }
    }

    func run() async throws {
        let settings = CommandSettings.ofProcess()
        let client = WeirClient(socket: settings.socket, timeout: .milliseconds(timeout))
        var request = WeirRequest(cost: cost, isPeek: peek)
        request.attributes = attributes.map { attribute in
            let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
        do {
            if let count {
                try await runMany(client, request, count)
            } else {
                try await runOnce(client, request)
            }
        } catch let error as WeirClientError {
            if case .unreachable(let path, let reason) = error {
                let hint =
                    reason == "Permission denied"
                    ? "your user may not use it: see WEIR_SOCKET_GROUP" : "start weir-agent, or set WEIR_SOCKET"
                throw CommandFailure.noAnswer("no agent at \(path): \(hint)")
            }
            throw CommandFailure.noAnswer("\(error)")
        }
    }

    private func runOnce(_ client: WeirClient, _ request: WeirRequest) async throws {
        // The first answer on a connection includes making it: ask for nothing before.
        _ = try await client.check(WeirRequest(isPeek: true))
        let clock = ContinuousClock()
        let start = clock.now
        let decision = try await client.check(request)
        let elapsed = clock.now - start
        if json {
            print(try JSONText.encode(CheckOutput(decision, elapsed)))
        } else {
            print(Self.line(decision, elapsed))
        }
        if !decision.isAllowed { throw CommandFailure.negative("") }
    }

    /// `allow  default  399 of 400 left, full again in 5 ms  (local, 38 µs)`.
    static func line(_ decision: WeirDecision, _ elapsed: Duration) -> String {
        let verdict = decision.isAllowed ? "allow" : "deny"
        let rule = decision.rule.isEmpty ? "-" : decision.rule
        var parts: [String] = []
        if decision.limit > 0 {
            parts.append("\(Wording.count(decision.remaining)) of \(Wording.count(decision.limit)) left")
        }
        if decision.isAllowed {
            if decision.limit > 0 {
                parts.append(decision.reset == .zero ? "full" : "full again in \(Wording.duration(decision.reset))")
            } else {
                parts.append(decision.reason)
            }
        } else {
            parts.insert(decision.reason, at: 0)
            parts.append(decision.retryAfter.map { "again in \(Wording.duration($0))" } ?? "never")
            parts.append("status \(decision.status)")
        }
        return
            "\(verdict)  \(rule)  \(parts.joined(separator: ", "))  (\(decision.state), \(Wording.duration(elapsed)))"
    }

    private func runMany(_ client: WeirClient, _ request: WeirRequest, _ count: Int) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var allowed = 0
        var denied: [String: Int] = [:]
        for _ in 0..<count {
            let decision = try await client.check(request)
            if decision.isAllowed { allowed += 1 } else { denied[decision.reason, default: 0] += 1 }
        }
        let elapsed = clock.now - start
        if json {
            print(
                try JSONText.encode(
                    CountOutput(checks: count, allowed: allowed, denied: denied, seconds: elapsed / .seconds(1))))
        } else {
            let reasons = denied.sorted { $0.key < $1.key }.map {
                ", \(Wording.count(UInt64($0.value))) denied (\($0.key))"
            }
            let rate = UInt64(Double(count) / (elapsed / .seconds(1)))
            print(
                "\(Wording.count(UInt64(count))) checks: \(Wording.count(UInt64(allowed))) allowed\(reasons.joined())"
                    + "  (\(Wording.duration(elapsed)), \(Wording.count(rate))/s one after the other)")
        }
        if allowed < count { throw CommandFailure.negative("") }
    }
}
