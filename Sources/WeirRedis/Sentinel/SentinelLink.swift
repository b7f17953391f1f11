import NIOCore

/// A connection to one Sentinel, opened when it is asked and kept until it breaks. It belongs to one loop.
final class SentinelLink {
    private let address: RedisAddress
    private let login: [String]?
    private let dialer: Dialer
    private var connection: RedisConnection?
    private var isDialing = false
    private var isStopped = false

    /// - login: user and password, or the password alone; nil where Sentinels ask for none.
    init(_ address: RedisAddress, login: [String]?, dialer: Dialer) {
        self.address = address
        self.login = login
        self.dialer = dialer
    }

    /// Asks where the primary is.
    func ask(_ name: String, _ done: @escaping (SentinelPoll.Answer) -> Void) {
        if let connection { return ask(name, over: connection, done) }
        if isDialing { return done(.failed(named(.unreachable(reason: "still connecting")))) }
        isDialing = true
        dialer.dial(address) { result in
            self.isDialing = false
            switch result {
            case .failure(let trouble): done(.failed(self.named(trouble)))
            case .success(let connection):
                guard !self.isStopped else { return connection.close(.unreachable(reason: "stopped")) }
                self.connection = connection
                connection.onClose = { _ in if self.connection === connection { self.connection = nil } }
                if let login = self.login {
                    connection.send(RedisCommand(["AUTH"] + login)) { result, _ in
                        // What a refusal means, the question that follows says: NOAUTH.
                        if case .success(.error(let line)) = result, case .trouble(let trouble) = ReplyClass(line) {
                            connection.close(trouble)
                        }
                    }
                }
                self.ask(name, over: connection, done)
            }
        }
    }

    func stop() {
        isStopped = true
        connection?.close(.unreachable(reason: "stopped"))
    }

    private func ask(_ name: String, over connection: RedisConnection, _ done: @escaping (SentinelPoll.Answer) -> Void)
    {
        connection.send(RedisCommand("SENTINEL", "get-master-addr-by-name", name)) { result, _ in
            done(self.answer(result, connection))
        }
        connection.flush()
    }

    private func answer(
        _ result: Result<RedisReply, StoreTrouble>, _ connection: RedisConnection
    ) -> SentinelPoll.Answer {
        switch result {
        case .failure(let trouble): return .failed(named(trouble))
        case .success(.error(let line)):
            // Whoever was refused asks over a new connection, with what the operator has mended.
            connection.close(.unreachable(reason: "refused"))
            guard case .trouble(let trouble) = ReplyClass(line) else { return .failed(.unreachable(reason: "refused")) }
            return .failed(named(trouble))
        case .success(let reply):
            guard let parts = reply.elements else { return .unknownName }
            guard parts.count == 2, let host = parts[0].text, let port = parts[1].number, (1...65535).contains(port)
            else {
                return .failed(named(.unknown(reply: "no address")))
            }
            return .primary(.tcp(host: String(decoding: host, as: UTF8.self), port: Int(port)))
        }
    }

    /// The trouble, with whose it is.
    private func named(_ trouble: StoreTrouble) -> StoreTrouble {
        switch trouble {
        case .operatorMustAct(let reply): .operatorMustAct(reply: "\(reply) (Sentinel \(address))")
        case .unknown(let reply): .unknown(reply: "\(reply) (Sentinel \(address))")
        case .timedOut: .unreachable(reason: "Sentinel \(address): no reply in time")
        case .unreachable(let reason): .unreachable(reason: "Sentinel \(address): \(reason)")
        case .retrySoon, .wrongNode, .overloaded: trouble
        }
    }
}
