import CLinux
import Glibc

/// One client: its socket, what has come of a request that is not whole, and what could not be sent yet.
///
/// Both buffers are empty between whole requests; the bytes of a turn live in the reactor's own.
final class Connection {
    let descriptor: Int32
    let speech: Listener.Speech
    /// Who connected; nil over TCP.
    let user: uid_t?
    /// Tells this connection's events from those of one that had its place before.
    let generation: UInt32
    var input: [UInt8] = []
    var output: [UInt8] = []
    var sent = 0
    var session = HTTPDoor.Session()
    var spoe = SPOEDoor.Session()
    /// Whether it closes when the output is sent.
    var isClosing = false
    /// Whether nobody reads any more: what the client had sent is still taken, but its answers go nowhere.
    var isDeaf = false
    /// Whether it is in the queue of those that go on without reading.
    var isQueued = false
    /// Whether its next request waits for the shared store: it is not read from. And how many of its frames wait, which others overtake.
    var isHeld = false
    var held = 0
    /// Whether a check of it may hold something that its end frees.
    var hasOpened = false
    /// The events that it is registered for.
    var interest = linux_readable
    /// Since when nothing has come at all; nil once something has.
    var silentSince: Int64?
    /// Whether the reactor counts it among those that wait.
    var isCounted = false
    /// Since when a request is not whole, or an answer not read; nil when neither waits.
    var inputSince: Int64?
    var outputSince: Int64?

    init(descriptor: Int32, speech: Listener.Speech, user: uid_t?, generation: UInt32) {
        self.descriptor = descriptor
        self.speech = speech
        self.user = user
        self.generation = generation
    }

    var isWaiting: Bool { silentSince != nil || inputSince != nil || outputSince != nil }
    var hasOutput: Bool { sent < output.count }

    /// Whether something has come that was not read.
    var hasInput: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Sends what waits, as far as the socket takes it.
    func flush() {
        while hasOutput {
            let written = output[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if written < 0 {
                if errno == EAGAIN || errno == EINTR { return }
                isDeaf = true
                break
            }
            sent += written
        }
        output = []
        sent = 0
        outputSince = nil
    }
}
