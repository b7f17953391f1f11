package import WeirCore

/// What an agent's files are, one by one, read without changing anything: for people who want to know.
package struct JournalSurvey: Sendable {
    /// One file.
    package struct File: Sendable {
        package enum State: String, Sendable {
            /// Everything in it is what was written.
            case whole
            /// Its end was cut short, as a kill or a power cut leaves it; the rest is whole.
            case torn
            /// Parts of it are not what was written; what is whole of it is kept.
            case damaged
            /// Of another version or byte order; left alone.
            case foreign
        }

        package let name: String
        /// `live`, `final`, `sent` or `hot`.
        package let kind: String
        package let state: State
        package let byteCount: Int
        package let incarnation: Hash128?
        package let cells: [Cell]
        package let windows: [WindowCount]
        package let damagedParts: Int
        package let tornBytes: Int
    }

    package private(set) var files: [File] = []

    /// Reads every file of an agent's directories; an agent may be running meanwhile. Without the runtime directory only the
    /// journal is read.
    package init(state: String, runtime: String) throws(SystemError) {
        let directory = try Directory(state)
        for name in try directory.names() where name.hasSuffix(".wj") && !name.hasPrefix(".") {
            files.append(try Self.segment(name, directory))
        }
        guard let hot = try? Directory(runtime) else { return }
        for name in try hot.names() where name.hasPrefix("hot-") { files.append(try Self.table(name, hot)) }
    }

    /// Whether no file is damaged.
    package var isSound: Bool { files.allSatisfy { $0.state != .damaged } }

    private static func segment(_ name: String, _ directory: borrowing Directory) throws(SystemError) -> File {
        let bytes = try directory.read(name)
        let kind = String(name.prefix { $0 != "-" })
        do throws(SegmentError) {
            let reader = try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(journal: bytes) }
            return File(
                name: name, kind: kind,
                state: reader.damagedParts > 0 ? .damaged : reader.tornBytes > 0 ? .torn : .whole,
                byteCount: bytes.count, incarnation: reader.header.incarnation, cells: reader.cells,
                windows: Array(reader.windows.values), damagedParts: reader.damagedParts, tornBytes: reader.tornBytes)
        } catch {
            let isEmpty = bytes.allSatisfy { $0 == 0 }
            return File(
                name: name, kind: kind, state: error.code == .foreign ? .foreign : isEmpty ? .torn : .damaged,
                byteCount: bytes.count, incarnation: nil, cells: [], windows: [],
                damagedParts: error.code == .foreign || isEmpty ? 0 : 1, tornBytes: isEmpty ? bytes.count : 0)
        }
    }

    private static func table(_ name: String, _ runtime: borrowing Directory) throws(SystemError) -> File {
        func file(
            _ state: File.State, bytes: Int = 0, incarnation: Hash128? = nil, cells: [Cell] = [], damaged: Int = 0
        ) -> File {
            File(
                name: name, kind: "hot", state: state, byteCount: bytes, incarnation: incarnation, cells: cells,
                windows: [], damagedParts: damaged, tornBytes: 0)
        }
        switch try HotFile.open(name, in: runtime) {
        case .foreign: return file(.foreign)
        case .damaged: return file(.damaged, damaged: 1)
        case .table(let table):
            var damaged = 0
            let cells = UsageTable.recover(from: table.region, maximumKeys: table.maximumKeys, damaged: &damaged)
            return file(
                damaged > 0 ? .damaged : .whole, bytes: table.region.count, incarnation: table.incarnation,
                cells: cells,
                damaged: damaged)
        }
    }
}
