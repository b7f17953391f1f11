import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// What TLS needs from files, read off the loop and kept until a connection fails: a certificate that was renewed is found then.
///
/// It belongs to one loop.
final class TLSGround {
    private let options: RedisOptions
    private let loop: any EventLoop
    private var ready: NIOSSLContext?

    init(options: RedisOptions, loop: any EventLoop) {
        self.options = options
        self.loop = loop
    }

    /// Forgets what was read.
    func forget() { ready = nil }

    /// Hands over the context, or says which file is at fault.
    func context(_ done: @escaping (Result<NIOSSLContext, StoreTrouble>) -> Void) {
        if let ready { return done(.success(ready)) }
        let options = options
        let reading = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try Self.read(options) }
        reading.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let context):
                self.ready = context
                done(.success(context))
            case .failure(let error): done(.failure(error as? StoreTrouble ?? .unreachable(reason: "TLS: \(error)")))
            }
        }
    }

    private static func read(_ options: RedisOptions) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = options.authorityFile {
            let authorities = try part("CA file", file) { try NIOSSLCertificate.fromPEMFile(file) }
            configuration.trustRoots = .certificates(authorities)
        }
        if let file = options.certificateFile {
            let chain = try part("certificate file", file) { try NIOSSLCertificate.fromPEMFile(file) }
            configuration.certificateChain = chain.map { .certificate($0) }
            let key = options.keyFile ?? file
            configuration.privateKey = .privateKey(
                try part("key file", key) { try NIOSSLPrivateKey(file: key, format: .pem) })
        }
        return try part("certificate and key", options.certificateFile ?? "") {
            try NIOSSLContext(configuration: configuration)
        }
    }

    private static func part<Value>(_ name: String, _ file: String, _ read: () throws -> Value) throws -> Value {
        // NIOSSL does not say of a file whether it cannot be read or understood.
        guard file.isEmpty || access(file, R_OK) == 0 else {
            throw StoreTrouble.unreachable(reason: "TLS: \(name) \(file): \(String(cString: strerror(errno)))")
        }
        do {
            return try read()
        } catch {
            throw StoreTrouble.unreachable(reason: "TLS: \(name) \(file): not PEM that can be used")
        }
    }
}
