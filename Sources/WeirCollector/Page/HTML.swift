/// A piece of a page. Names of elements and attributes come from the program; whatever else is in it is escaped when it is written,
/// so no text of a catalogue can become markup.
indirect enum HTML: Sendable {
    case text(String)
    case element(StaticString, [Attribute], [HTML])

    struct Attribute: Sendable {
        let name: StaticString
        /// nil for an attribute that is only there.
        let value: String?

        init(_ name: StaticString, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    /// An element with one text in it.
    static func element(_ name: StaticString, _ text: String, _ attributes: [Attribute] = []) -> HTML {
        .element(name, attributes, [.text(text)])
    }

    /// Elements that have no end.
    private static let void: Set<String> = ["meta", "input", "br"]

    /// A whole page.
    var document: [UInt8] {
        var bytes = Array("<!doctype html>\n".utf8)
        write(to: &bytes)
        bytes.append(0x0a)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text): Self.escape(text, to: &bytes)
        case .element(let name, let attributes, let children):
            let name = "\(name)"
            bytes += "<\(name)".utf8
            for attribute in attributes {
                bytes += " \(attribute.name)".utf8
                guard let value = attribute.value else { continue }
                bytes += "=\"".utf8
                Self.escape(value, to: &bytes)
                bytes += "\"".utf8
            }
            bytes += ">".utf8
            if Self.void.contains(name) { return }
            for child in children { child.write(to: &bytes) }
            bytes += "</\(name)>".utf8
        }
    }

    private static func escape(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
    }
}
