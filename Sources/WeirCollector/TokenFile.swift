import FoundationEssentials
import Glibc

/// The secrets of a collector that was given none: made once, kept in a file that only its user can read.
///
/// The file is in the form of environment variables, so that systemd (`EnvironmentFile=`) and shells (`set -a; . FILE`)
/// take it.
struct TokenFile {
    static let agentName = "WEIR_COLLECTOR_TOKEN"
    static let adminName = "WEIR_ADMIN_TOKEN"
    static let pepperName = "WEIR_KEY_PEPPER"

    let path: String
    /// Whether it was made now.
    private(set) var isNew = false
    private var lines: [(name: String, value: String)] = []

    /// Reads the file, or makes it; names that it lacks are added.
    ///
    /// - Parameter names: the secrets that are needed from it.
    /// - Throws: when it can be neither read nor made, or every user could read it.
    init(path: String, needs names: [String]) throws(CollectorStartError) {
        self.path = path
        var info = stat()
        if stat(path, &info) == 0 {
            guard info.st_mode & 0o077 == 0 else {
                throw CollectorStartError("\(path): other users can read it: chmod 0600 \(path), and change the tokens")
            }
            try read()
        } else {
            isNew = true
        }
        let missing = names.filter { self[$0] == nil }
        guard !missing.isEmpty else { return }
        lines += missing.map { (name: $0, value: Self.random()) }
        try write()
    }

    /// The secret of a name that was needed.
    subscript(name: String) -> String? { lines.last { $0.name == name && !$0.value.isEmpty }?.value }

    private mutating func read() throws(CollectorStartError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CollectorStartError("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            // What is not of this form is kept as it is.
            lines.append((name: parts[0], value: parts.count == 2 ? parts[1] : ""))
        }
    }

    /// Writes a new file beside the old one, and puts it in its place.
    private func write() throws(CollectorStartError) {
        let text = lines.map { $0.value.isEmpty ? "\($0.name)\n" : "\($0.name)=\($0.value)\n" }.joined()
        let draft = "\(path).new"
        unlink(draft)
        let number = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else {
            throw CollectorStartError("cannot make \(draft): \(String(cString: strerror(errno)))")
        }
        defer { close(number) }
        let bytes = Array(text.utf8)
        guard bytes.withUnsafeBytes({ Glibc.write(number, $0.baseAddress, $0.count) }) == bytes.count,
            fsync(number) == 0, rename(draft, path) == 0
        else {
            throw CollectorStartError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// 256 random bits in hexadecimal; the system's generator is the kernel's.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }.joined()
    }
}
