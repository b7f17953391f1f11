import WeirJournal

/// A socket that connections come from, and what is spoken on it.
struct Listener: ~Copyable {
    enum Speech: Sendable {
        case native
        case http(HTTPPolicy)
        case spoe(ResponseStyle)
    }

    let speech: Speech
    /// Whether peers have credentials that can be checked.
    let isUnix: Bool
    private let file: SocketFile?
    private let descriptor: Descriptor?
    let number: Int32

    init(_ file: consuming SocketFile, _ speech: Speech) {
        self.speech = speech
        isUnix = true
        number = file.descriptor.number
        self.file = consume file
        descriptor = nil
    }

    init(tcp descriptor: consuming Descriptor, _ speech: Speech) {
        self.speech = speech
        isUnix = false
        number = descriptor.number
        file = nil
        self.descriptor = consume descriptor
    }

    /// A Unix socket that has a name in no directory.
    init(abstract descriptor: consuming Descriptor, _ speech: Speech) {
        self.speech = speech
        isUnix = true
        number = descriptor.number
        file = nil
        self.descriptor = consume descriptor
    }

    /// A socket whose file is somebody else's.
    init(passed socket: PassedSocket, _ speech: Speech) {
        self.speech = speech
        isUnix = socket.role != .tcp
        number = socket.number
        file = nil
        descriptor = Descriptor(owning: socket.number)
    }

    /// Takes a socket's file away; connections that wait on it are lost with the descriptor.
    func remove() { file?.remove() }
}
