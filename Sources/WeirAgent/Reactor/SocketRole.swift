/// What a listening socket is for. The names are those of `FileDescriptorName=` in systemd's socket units.
enum SocketRole: String, CaseIterable, Sendable {
    case native
    case http
    case check
    case spoe
    /// The HTTP door over TCP, where peers have no credentials.
    case tcp
}
