import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import WeirSettings

/// Health, metrics and status over HTTP, on an address that only this machine should reach.
struct AdminServer: Service {
    /// Connections that may wait; scrapers are few.
    private static let backlog: Int32 = 64

    /// How long a connection may send nothing: longer than scrapers pause.
    private static let idle: TimeAmount = .minutes(2)

    let channel: any Channel

    /// Listens at once.
    ///
    /// - Throws: when the port is taken.
    init(_ address: ListenAddress, _ pages: AdminPages, room: AdminRoom) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try room.enter(channel)
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: Self.idle))
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
