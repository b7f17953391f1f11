/// Findings for people: one line each, with what to do below.
enum DoctorText {
    static func lines(_ findings: [Finding]) -> String {
        let width = findings.map(\.id.count).max() ?? 0
        return findings.map { finding in
            let verdict = finding.verdict.rawValue + String(repeating: " ", count: 7 - finding.verdict.rawValue.count)
            let id = finding.id + String(repeating: " ", count: width - finding.id.count)
            let line = "\(verdict)  \(id)  \(finding.text)"
            guard let fix = finding.fix else { return line }
            return "\(line)\n\(String(repeating: " ", count: 9))\("fix".padded(to: width))  \(fix)"
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
