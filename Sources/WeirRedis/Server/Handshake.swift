import NIOCore

/// What is said to a server before the first call: who calls, which database, what the server is, and the script.
enum Handshake {
    /// What the server answered.
    struct Welcome {
        var facts: ServerFacts
        /// The script's SHA-1, in hex.
        var script: [UInt8]
    }

    /// The trouble of a server that takes no writes because it follows another.
    static let isReplica = StoreTrouble.wrongNode(reply: "READONLY the server is a replica")

    private enum Step { case authenticate, select, inform, load }

    /// Sends all of it in one write, and judges the replies: the first that is wrong counts.
    static func run(
        over connection: RedisConnection, _ greeting: RedisNode.Greeting,
        _ done: @escaping (Result<Welcome, StoreTrouble>) -> Void
    ) {
        var steps: [(Step, RedisCommand)] = []
        if let password = greeting.password {
            steps.append((.authenticate, RedisCommand(["AUTH"] + (greeting.user.map { [$0] } ?? []) + [password])))
        }
        if greeting.database != 0 { steps.append((.select, RedisCommand("SELECT", String(greeting.database)))) }
        steps.append((.inform, RedisCommand("INFO")))
        steps.append((.load, RedisCommand("SCRIPT", "LOAD", LeaseScript.text)))

        var facts: ServerFacts?
        var isOver = false
        func end(_ result: Result<Welcome, StoreTrouble>) {
            guard !isOver else { return }
            isOver = true
            done(result)
        }
        for (step, command) in steps {
            connection.send(command) { result, _ in
                switch result {
                case .failure(let trouble): end(.failure(trouble))
                case .success(.error(let line)): end(.failure(Self.trouble(line)))
                case .success(let reply):
                    switch step {
                    case .authenticate, .select: break
                    case .inform:
                        facts = reply.text.flatMap { ServerFacts(info: $0) }
                        if facts == nil { end(.failure(.unknown(reply: "INFO without a run id"))) }
                        if facts?.isPrimary == false { end(.failure(isReplica)) }
                    case .load:
                        guard let facts, let script = reply.text else {
                            return end(.failure(.unknown(reply: "no SHA-1")))
                        }
                        end(.success(Welcome(facts: facts, script: script)))
                    }
                }
            }
        }
        connection.flush()
    }

    private static func trouble(_ line: [UInt8]) -> StoreTrouble {
        switch ReplyClass(line) {
        case .trouble(let trouble), .tryAgain(let trouble): trouble
        case .loadScript, .moved, .ask: .unknown(reply: ReplyClass.printable(line, StoreTrouble.maximumUnknownText))
        }
    }
}
