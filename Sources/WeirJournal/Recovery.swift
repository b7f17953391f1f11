package import WeirCore

/// Reads what other incarnations left in the state and the runtime directory, and merges it by max.
package struct Recovery {
    /// What one incarnation left.
    package struct Found {
        package fileprivate(set) var cells: [Cell] = []
        package fileprivate(set) var segments: [String] = []
        package fileprivate(set) var hotFiles: [String] = []
        /// The first number that no final segment of it has.
        package fileprivate(set) var nextFinal: UInt64 = 1
        private var places: [Cell.Identity: Int] = [:]

        fileprivate mutating func merge(_ found: [Cell]) {
            for cell in found {
                if let place = places[cell.identity] {
                    cells[place].totals = cells[place].totals.merged(cell.totals)
                } else {
                    places[cell.identity] = cells.count
                    cells.append(cell)
                }
            }
        }
    }

    package private(set) var incarnations: [Hash128: Found] = [:]
    /// Files that are not what was written, in part or as a whole.
    package private(set) var damagedSegments: [String] = []
    package private(set) var damagedTables: [String] = []
    /// Files that could not be read, and are left for another attempt.
    package private(set) var unreadable: [String] = []
    /// Segments that hold nothing.
    package private(set) var emptySegments: [String] = []
    private let own: Hash128

    /// - Parameter own: the running incarnation, which is left alone.
    package init(except own: Hash128) { self.own = own }

    package var isEmpty: Bool { incarnations.isEmpty }

    /// Reads live segments and hot tables; final segments only count for the numbers that they have taken.
    package mutating func read(
        _ directory: borrowing Directory, _ runtime: borrowing Directory, report: (JournalEvent) -> Void
    ) throws(SystemError) {
        for name in try directory.names() where name.hasPrefix("live-") && name.hasSuffix(".wj") {
            skippingUnreadable(name, report) { recovery throws(SystemError) in
                try recovery.readSegment(name, directory, report)
            }
        }
        for name in try runtime.names() where name.hasPrefix("hot-") {
            skippingUnreadable(name, report) { recovery throws(SystemError) in
                try recovery.readTable(name, runtime, report)
            }
        }
        for name in try directory.names() where FinalSegments.isName(name) {
            let parts = name.dropLast(3).split(separator: "-")
            guard parts.count == 3, let number = UInt64(parts[2]) else { continue }
            for (incarnation, found) in incarnations where incarnation.hex == parts[1] {
                incarnations[incarnation]?.nextFinal = max(found.nextFinal, number + 1)
            }
        }
    }

    /// One file that the disk does not give back must not keep the rest from the collector.
    private mutating func skippingUnreadable(
        _ name: String, _ report: (JournalEvent) -> Void, _ body: (inout Recovery) throws(SystemError) -> Void
    ) {
        do throws(SystemError) {
            try body(&self)
        } catch {
            unreadable.append(name)
            report(.unreadable(file: name, error))
        }
    }

    /// Reads final segments as well, those too that the collector has.
    package mutating func readFinal(_ directory: borrowing Directory) throws(SystemError) {
        for name in try directory.names() where FinalSegments.isName(name) {
            try readSegment(name, directory) { _ in }
        }
    }

    /// What the live segments of all incarnations have of windows that limits count in, each with the most that it counted.
    package static func windows(in directory: borrowing Directory) throws(SystemError) -> [WindowCount] {
        var windows: [Hash128: WindowCount] = [:]
        for name in try directory.names() where name.hasPrefix("live-") && name.hasSuffix(".wj") {
            // One that cannot be read must not keep the agent from starting.
            guard let bytes = try? directory.read(name) else { continue }
            guard let reader = bytes.withBytes({ try? SegmentReader(journal: $0, isForWindows: true) }) else {
                continue
            }
            windows.merge(reader.windows.map { ($0.key, $0.value) }) { $0.used > $1.used ? $0 : $1 }
        }
        return Array(windows.values)
    }

    private mutating func readSegment(
        _ name: String, _ directory: borrowing Directory, _ report: (JournalEvent) -> Void
    ) throws(SystemError) {
        let bytes = try directory.read(name)
        do throws(SegmentError) {
            let reader = try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(journal: bytes) }
            guard reader.header.incarnation != own else { return }
            incarnations[reader.header.incarnation, default: Found()].merge(reader.cells)
            incarnations[reader.header.incarnation]?.segments.append(name)
            if reader.damagedParts > 0 { damagedSegments.append(name) }
            if reader.damagedParts > 0 || reader.tornBytes > 0 {
                report(.damaged(file: name, parts: reader.damagedParts, tornBytes: reader.tornBytes))
            }
        } catch {
            switch error.code {
            case .foreign: report(.foreign(file: name))
            case .damaged:
                // One that was begun when the machine stopped may hold nothing, or zeros: torn, not damaged.
                if bytes.allSatisfy({ $0 == 0 }) {
                    emptySegments.append(name)
                    report(.damaged(file: name, parts: 0, tornBytes: bytes.count))
                } else {
                    damagedSegments.append(name)
                    report(.damaged(file: name, parts: 1, tornBytes: bytes.count))
                }
            }
        }
    }

    private mutating func readTable(
        _ name: String, _ runtime: borrowing Directory, _ report: (JournalEvent) -> Void
    ) throws(SystemError) {
        switch try HotFile.open(name, in: runtime) {
        case .foreign: report(.foreign(file: name))
        case .damaged:
            damagedTables.append(name)
            report(.damaged(file: name, parts: 1, tornBytes: 0))
        case .table(let file):
            guard file.incarnation != own else { return }
            var damaged = 0
            let cells = UsageTable.recover(from: file.region, maximumKeys: file.maximumKeys, damaged: &damaged)
            incarnations[file.incarnation, default: Found()].merge(cells)
            incarnations[file.incarnation]?.hotFiles.append(name)
            if damaged > 0 {
                damagedTables.append(name)
                report(.damaged(file: name, parts: damaged, tornBytes: 0))
            }
        }
    }
}
