import FoundationEssentials
import Glibc

/// The tokens of a collector that was given none: made once, kept in a file that only its user can read.
///
/// The file is in the form of environment variables, so that systemd (`EnvironmentFile=`) and shells (`set -a; . FILE`)
/// take it.
struct TokenFile {
    static let agentName = "WEIR_COLLECTOR_TOKEN"
    static let adminName = "WEIR_ADMIN_TOKEN"

    let path: String
    /// Whether it was made now.
    private(set) var isNew = false
    private(set) var agent = ""
    private(set) var admin = ""

    /// Reads the file, or makes it.
    ///
    /// - Throws: when it can be neither read nor made, or every user could read it.
    init(path: String) throws(CollectorStartError) {
        self.path = path
        var info = stat()
        if stat(path, &info) == 0 {
            guard info.st_mode & 0o077 == 0 else {
                throw CollectorStartError("\(path): other users can read it: chmod 0600 \(path), and change the tokens")
            }
            try read()
        } else {
            try make()
        }
    }

    private mutating func read() throws(CollectorStartError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CollectorStartError("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            if parts[0] == Self.agentName { agent = parts[1] }
            if parts[0] == Self.adminName { admin = parts[1] }
        }
        guard !agent.isEmpty, !admin.isEmpty else {
            throw CollectorStartError(
                "\(path): expected \(Self.agentName)=… and \(Self.adminName)=…: remove it, and new ones are made")
        }
    }

    private mutating func make() throws(CollectorStartError) {
        agent = Self.random()
        admin = Self.random()
        let text = "\(Self.agentName)=\(agent)\n\(Self.adminName)=\(admin)\n"
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw CollectorStartError("cannot make \(path): \(String(cString: strerror(errno)))") }
        defer { close(number) }
        let bytes = Array(text.utf8)
        guard bytes.withUnsafeBytes({ write(number, $0.baseAddress, $0.count) }) == bytes.count, fsync(number) == 0
        else {
            throw CollectorStartError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        isNew = true
    }

    /// 256 random bits in hexadecimal; the system's generator is the kernel's.
    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }.joined()
    }
}
