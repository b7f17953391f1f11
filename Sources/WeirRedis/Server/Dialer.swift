import NIOCore
import NIOPosix
import NIOSSL

/// Opens connections, over TCP, TLS or a Unix socket. Names are resolved off the loop, by NIO.
///
/// It belongs to one loop.
final class Dialer {
    private let loop: any EventLoop
    private let options: RedisOptions
    private let tls: TLSGround?

    init(isEncrypted: Bool, options: RedisOptions, loop: any EventLoop) {
        self.loop = loop
        self.options = options
        tls = isEncrypted ? TLSGround(options: options, loop: loop) : nil
    }

    /// Opens a connection; where TLS is asked for, its handshake goes on while commands are queued already.
    func dial(_ address: RedisAddress, _ done: @escaping (Result<RedisConnection, StoreTrouble>) -> Void) {
        guard let tls, let host = address.host else { return open(address, nil, done) }
        tls.context { result in
            switch result {
            case .success(let context):
                self.open(address, Security(context: context, name: self.options.serverName ?? host), done)
            case .failure(let trouble): done(.failure(trouble))
            }
        }
    }

    /// A connection that had TLS was no good: its files are read again for the next.
    func failed() { tls?.forget() }

    private struct Security: Sendable {
        var context: NIOSSLContext
        var name: String

        /// An address stands in no SNI; NIOSSL then compares it with the certificate's addresses.
        var handler: NIOSSLClientHandler {
            get throws {
                let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
                return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name)
            }
        }
    }

    private func open(
        _ address: RedisAddress, _ security: Security?,
        _ done: @escaping (Result<RedisConnection, StoreTrouble>) -> Void
    ) {
        let timeout = options.connectTimeout
        // Called once for each address that a name has: each attempt has a connection of its own.
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    if let security { try operations.addHandler(security.handler) }
                    try operations.addHandler(RedisConnection(timeout: timeout, isEncrypted: security != nil))
                }
            }
        let opened =
            switch address {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        opened.assumeIsolated().whenComplete { result in
            switch result.flatMap({ channel in
                Result { try channel.pipeline.syncOperations.handler(type: RedisConnection.self) }
            }) {
            case .success(let connection): done(.success(connection))
            case .failure(let error): done(.failure(.unreachable(reason: ConnectionReason.text(error))))
            }
        }
    }
}
