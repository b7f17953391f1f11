/// `/proc/PID/status`, as far as it says who a process is.
struct ProcessStatus {
    var name = ""
    var parent: Int32 = 0
    /// The effective ones.
    var user: UInt32 = 0
    var group: UInt32 = 0
    var groups: [UInt32] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let words = parts[1].split(whereSeparator: \.isWhitespace)
            switch parts[0] {
            case "Name": name = words.first.map(String.init) ?? ""
            case "PPid": parent = words.first.flatMap { Int32($0) } ?? 0
            case "Uid": user = words.dropFirst().first.flatMap { UInt32($0) } ?? 0
            case "Gid": group = words.dropFirst().first.flatMap { UInt32($0) } ?? 0
            case "Groups": groups = words.compactMap { UInt32($0) }
            default: break
            }
        }
    }
}
