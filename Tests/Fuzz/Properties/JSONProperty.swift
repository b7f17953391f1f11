#if canImport(WeirJSON)
import WeirJSON
#else
import WeirCollector
#endif

/// A text that is read is written as one that is read as the same, and written so again; the rest is refused by its place.
enum JSONProperty {
    static func check(_ input: [UInt8]) {
        guard let value = try? JSONParser.parse(input) else { return }
        let written = value.bytes
        guard let again = try? JSONParser.parse(written) else { preconditionFailure("what is written is not read") }
        precondition(again == value, "another value")
        precondition(again.bytes == written, "another text")
    }
}
