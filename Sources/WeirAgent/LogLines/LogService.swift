import Glibc
import ServiceLifecycle
import WeirCore
import WeirJournal

/// The thread that takes lines of access logs, from the start until what has come by the end is counted.
final class LogService: Service {
    /// Datagrams that systemd lets a socket keep; the kernel's own default is 10.
    static let goodQueueLength = 512

    private let thread: DedicatedThread
    private let pause: Pause

    init(
        socket: consuming SocketFile, room: Int, peers: PeerList, newKeysPerSecond: Int, gate: LimiterGate,
        metrics: DoorMetrics
    ) throws(StartError) {
        let pause = Pause()
        self.pause = pause
        let file = SocketHolder(socket)
        thread = try DedicatedThread("weir-log") {
            let descriptor = file.descriptor
            let receiver = LogReceiver(
                descriptor: descriptor, room: room, peers: peers, newKeysPerSecond: newKeysPerSecond, gate: gate,
                metrics: metrics)
            while !pause.isOver {
                if receiver.round() { pause.wait(for: descriptor) }
            }
            // Nobody finds the socket any more; what has come to it is counted.
            file.remove()
            while !receiver.round() {}
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await thread.join()
        } onGracefulShutdown: {
            self.pause.end()
        }
    }

    /// Datagrams that wait in a socket before their senders are told that it is full; nil where the system does not say.
    static var queueLength: Int? {
        guard let file = fopen("/proc/sys/net/unix/max_dgram_qlen", "re") else { return nil }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 16)
        let count = fread(&text, 1, text.count, file)
        return Int(String(decoding: text[..<count].prefix { $0.isDigit }, as: UTF8.self))
    }
}

/// Keeps a socket for the thread that uses it.
private final class SocketHolder: Sendable {
    private let file: SocketFile

    init(_ file: consuming SocketFile) { self.file = file }

    var descriptor: Int32 { file.descriptor.number }
    func remove() { file.remove() }
}
