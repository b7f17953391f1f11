import Glibc

/// What agents said in rows that do not hold, for whoever looks into them: a file in the temporary directory.
enum ProofEvidence {
    /// - Returns: where it lies; nil when it could not be kept.
    static func keep(_ logs: String, name: String) -> String? {
        let words = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
        let path = "/tmp/weir-prove-\(getpid())-\(words).log"
        guard let file = fopen(path, "we") else { return nil }
        defer { fclose(file) }
        return fputs(logs, file) >= 0 ? path : nil
    }
}
