import Foundation

/// Certificates of a test run, made by openssl: an authority, a server's for localhost, one for 127.0.0.1, an agent's, and
/// another authority that has signed nothing.
package final class Certificates: Sendable {
    /// Made once, and removed when the process ends.
    package static let shared = Result<Certificates, any Error> {
        atexit(removeSharedCertificates)
        return try Certificates()
    }

    private let directory: TemporaryDirectory

    package struct Failed: Error {
        let log: String
    }

    private init() throws {
        directory = try TemporaryDirectory()
        try openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=authority")
        try openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -keyout other.key -out other.pem -subj /CN=other")
        try sign("server", "subjectAltName=DNS:localhost")
        try sign("address", "subjectAltName=IP:127.0.0.1")
        try sign("agent", "extendedKeyUsage=clientAuth")
    }

    /// The path of `ca.pem`, `other.pem`, `server.pem`, `server.key`, `address.pem`, `address.key`, `agent.pem` or `agent.key`.
    package func file(_ name: String) -> String { directory.file(name) }

    fileprivate func remove() { try? FileManager.default.removeItem(atPath: directory.path) }

    private func sign(_ name: String, _ extensions: String) throws {
        try directory.write("\(name).ext", extensions)
        try openssl("req -newkey rsa:2048 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
        try openssl(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem"
        )
    }

    private func openssl(_ arguments: String) throws {
        let paths = arguments.split(separator: " ").map { word in
            [".key", ".pem", ".csr", ".ext"].contains { word.hasSuffix($0) }
                ? directory.file(String(word)) : String(word)
        }
        let process = try RunningProgram("/usr/bin/openssl", paths, in: directory)
        guard process.wait() == 0 else { throw Failed(log: process.log) }
    }
}

private func removeSharedCertificates() {
    if case .success(let certificates) = Certificates.shared { certificates.remove() }
}
