import WeirCalendar
import WeirCore

/// A policy document is refused with a reason, or reads back as it was when it is written again; and what it makes of a book is a book
/// or a refusal.
enum PolicyDocumentProperty {
    static func check(_ input: [UInt8]) {
        read(input)
        // Random bytes seldom have the right checksum: with a true frame around them more is reached.
        let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let body = lines.filter { !$0.starts(with: "weir-policy".utf8) && !$0.starts(with: "end".utf8) && !$0.isEmpty }
        for header in ["weir-policy\t1\t0\t41\n", "weir-policy\t1\t41\t42\n"] {
            read(Self.framed(header, body.map(Array.init)))
        }
    }

    private static func framed(_ header: String, _ lines: [[UInt8]]) -> [UInt8] {
        var bytes = Array(header.utf8)
        for line in lines { bytes += line + [UInt8(ascii: "\n")] }
        let digits = String(bytes.withBytes { CRC32C.checksum($0) }, radix: 16)
        return bytes + Array("end\t\(lines.count)\t\(String(repeating: "0", count: 8 - digits.count))\(digits)\n".utf8)
    }

    private static func read(_ input: [UInt8]) {
        var records: [PolicyRecord] = []
        do throws(PolicyDocumentError) {
            let header = try input.withBytes { bytes throws(PolicyDocumentError) in
                try PolicyDocumentReader.read(bytes) { record, _ in records.append(record) }
            }
            var encoder = PolicyDocumentEncoder(from: header.from, to: header.to)
            for record in records { encoder.append(record) }
            let again = encoder.finish()
            var back: [PolicyRecord] = []
            do throws(PolicyDocumentError) {
                let same = try again.withBytes { bytes throws(PolicyDocumentError) in
                    try PolicyDocumentReader.read(bytes) { record, _ in back.append(record) }
                }
                precondition(same == header && back == records, "a document does not read back as it was")
            } catch {
                preconditionFailure("what was written is refused: \(error)")
            }
            apply(input, header)
        } catch {
            precondition(!error.field.isEmpty && !error.expected.isEmpty, "refused without a reason")
        }
    }

    private static func apply(_ document: [UInt8], _ header: PolicyDocumentHeader) {
        do throws(PolicyDocumentError) {
            var book = ContractBook()
            if !header.isWhole {
                // What a change is of.
                let before = PolicyDocumentEncoder(from: 0, to: header.from).finish()
                book = try before.withBytes { bytes throws(PolicyDocumentError) in
                    try book.applying(bytes, almanac: ZoneAlmanac())
                }
            }
            let next = try document.withBytes { bytes throws(PolicyDocumentError) in
                try book.applying(bytes, almanac: ZoneAlmanac())
            }
            precondition(next.version == header.to && next.keyCount >= 0, "another version")
        } catch {
            precondition(!error.description.isEmpty, "refused without a reason")
        }
    }
}
