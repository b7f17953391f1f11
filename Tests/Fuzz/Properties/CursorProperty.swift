#if canImport(WeirJSON)
import WeirJSON
#else
import WeirCollector
#endif

/// A cursor that is read is written as it came: one text for each place.
enum CursorProperty {
    static func check(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        if let cursor = CursorText(text) { precondition(cursor.text == text, "another text") }
        // Whatever a place is, it comes back.
        let place = String(text.prefix(64))
        let made = CursorText(place: place, proof: "0123456789abcdef")
        if made.text.utf8.count <= CursorText.maximumBytes {
            precondition(CursorText(made.text) == made, "another place")
        }
    }
}
