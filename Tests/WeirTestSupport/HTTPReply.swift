import Foundation

/// A response that a test has read.
package struct HTTPReply: Sendable {
    package var status: Int
    private var headers: [String: String]
    package var body = ""

    init?(head: String) {
        let lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            return nil
        }
        self.status = status
        headers = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
    }

    package subscript(name: String) -> String? { headers[name.lowercased()] }
}
