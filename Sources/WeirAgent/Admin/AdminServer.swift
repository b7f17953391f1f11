import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import WeirSettings

/// Health, metrics and status over HTTP, on an address that only this machine should reach.
struct AdminServer: Service {
    /// Connections that may wait, and bytes of a request; scrapers are few.
    private static let backlog: Int32 = 64

    let channel: any Channel

    /// Listens at once.
    ///
    /// - Throws: when the port is taken.
    init(_ address: ListenAddress, _ pages: AdminPages) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(AdminHandler(pages))
                }
            }
            .bind(host: address.host, port: Int(address.port)).get()
    }

    /// Where it listens, with the port that was found free where 0 was asked for.
    var port: Int { channel.localAddress?.port ?? 0 }

    func run() async throws {
        try? await gracefulShutdown()
        try? await channel.close()
    }
}
