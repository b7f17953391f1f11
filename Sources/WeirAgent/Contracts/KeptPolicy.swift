import Glibc
import WeirCore
import WeirJournal

/// The policy document on disk: the last whole one, and behind it the changes since, each as it came.
///
/// The whole is written beside and renamed; changes are appended and synced, so that a key that is revoked costs a line and not a
/// million. An end that was being written when the machine went down is cut off: the collector is asked for it again.
struct KeptPolicy: ~Copyable {
    private static let wholeName = "whole"
    private static let changesName = "changes"
    private static let draftName = "whole.new"
    /// Bytes of changes that are always worth keeping.
    private static let minimumChanges = 8 << 20

    private let directory: Directory
    private var wholeBytes = 0
    private var changeBytes = 0
    /// Whether what is on disk does not lead to the version in force.
    private(set) var isBroken = false

    /// - Parameter path: the directory, which is made where it is missing.
    init(_ path: String) throws(SystemError) { directory = try Directory(making: path, mode: 0o700) }

    /// Whether the changes are as long as the whole, or lack something: then the whole is worth asking for.
    var wantsWhole: Bool { isBroken || changeBytes > max(Self.minimumChanges, wholeBytes) }

    /// Reads the document.
    ///
    /// - Parameters:
    ///   - apply: makes the next state of a document; throws where it is wrong.
    /// - Returns: the last state that is right, nil where there is none; and what was wrong with the rest.
    mutating func load<State>(
        _ apply: (RawSpan, State?) throws(PolicyDocumentError) -> State
    ) throws(SystemError) -> (state: State?, flaw: String?) {
        guard let whole = try read(Self.wholeName) else {
            isBroken = true
            return (nil, nil)
        }
        wholeBytes = whole.count
        var state: State
        do throws(PolicyDocumentError) {
            state = try whole.withBytes { bytes throws(PolicyDocumentError) in try apply(bytes, nil) }
        } catch {
            isBroken = true
            return (nil, "\(directory.path(of: Self.wholeName)): \(error)")
        }
        guard let changes = try read(Self.changesName) else { return (state, nil) }
        var (start, flaw) = (0, String?.none)
        while start < changes.count {
            guard let end = Self.documentEnd(changes, from: start) else {
                flaw = "\(directory.path(of: Self.changesName)): the last change was not written to its end"
                break
            }
            do throws(PolicyDocumentError) {
                state = try changes[start..<end].withBytes { bytes throws(PolicyDocumentError) in
                    try apply(bytes, state)
                }
            } catch {
                flaw = "\(directory.path(of: Self.changesName)): \(error)"
                break
            }
            start = end
        }
        changeBytes = start
        if start < changes.count { try cut(to: start) }
        return (state, flaw)
    }

    /// The end of the document that begins at `start`: behind the first line that begins with `end`.
    private static func documentEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var line = start
        while let feed = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) {
            if bytes[line..<feed].starts(with: "end\t".utf8) { return feed + 1 }
            line = feed + 1
        }
        return nil
    }

    /// Keeps a document that is in force now.
    mutating func keep(_ document: [UInt8], isWhole: Bool) throws(SystemError) {
        guard isWhole || !isBroken else { return }
        // Until it is done the file may lack it.
        isBroken = true
        if isWhole { try write(document) } else { try append(document) }
        isBroken = false
    }

    private mutating func write(_ document: [UInt8]) throws(SystemError) {
        do {
            let file = try directory.open(Self.draftName, flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(document, path: directory.path(of: Self.draftName))
            guard fsync(file.number) == 0 else { throw SystemError("sync", directory.path(of: Self.draftName)) }
        }
        // Changes of the document before must not follow this one.
        try directory.remove(Self.changesName)
        try directory.rename(Self.draftName, to: Self.wholeName)
        try directory.sync()
        (wholeBytes, changeBytes) = (document.count, 0)
    }

    private mutating func append(_ document: [UInt8]) throws(SystemError) {
        let path = directory.path(of: Self.changesName)
        let file = try directory.open(Self.changesName, flags: O_WRONLY | O_CREAT | O_APPEND)
        try file.write(document, path: path)
        guard fdatasync(file.number) == 0 else { throw SystemError("sync", path) }
        if changeBytes == 0 { try directory.sync() }
        changeBytes += document.count
    }

    private func cut(to count: Int) throws(SystemError) {
        let path = directory.path(of: Self.changesName)
        guard truncate(path, off_t(count)) == 0 else { throw SystemError("cut", path) }
    }

    /// The bytes of a file; nil where it is not there.
    private func read(_ name: String) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            return try directory.open(name, flags: O_RDONLY).readAll(
                path: directory.path(of: name), limit: PolicyDocument.maximumBytes + 1)
        } catch {
            if error.number == ENOENT { return nil }
            throw error
        }
    }
}

extension ArraySlice where Element == UInt8 {
    /// Lends the bytes as a span.
    fileprivate func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(span.bytes)
    }
}
