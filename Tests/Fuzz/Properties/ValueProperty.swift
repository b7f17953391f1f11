import WeirCore

/// Values that rules compare have one form: bringing them into it again changes nothing.
enum ValueProperty {
    nonisolated(unsafe) private static var scratch = FixedArray<UInt8>(count: 70_000, repeating: 0)

    static func check(_ input: [UInt8]) {
        guard input.count < 8_192 else { return }
        input.withBytes { bytes in
            _ = IPAddress(text: bytes)
            if let ticket = Ticket(text: bytes), !ticket.isNone {
                let text = WeirCore.bytes(capacity: 48) { ticket.writeText(to: &$0) }
                precondition(text.withBytes { Ticket(text: $0) } == ticket, "a ticket is not read back")
            }
            let half = bytes.byteCount / 2
            _ = Glob.matches(bytes.extracting(0..<half), pattern: bytes.extracting(half..<bytes.byteCount))
        }
        _ = AddressRange(String(decoding: input, as: UTF8.self))
        let once = path(input)
        // Decoded once, so that only what holds no escape is in its one form.
        if !once.contains(UInt8(ascii: "%")), !once.contains(UInt8(ascii: "?")), !once.contains(UInt8(ascii: "#")) {
            precondition(path(once) == once, "a path has two forms")
        }
        if input.count <= HostNormaliser.maximumBytes {
            let count = input.withBytes { HostNormaliser.normalise($0, scratch: &scratch, at: 0) }
            precondition(count <= input.count, "a host that grew")
        }
    }

    private static func path(_ input: [UInt8]) -> [UInt8] {
        input.withBytes { bytes in
            switch PathNormaliser.normalise(bytes, scratch: &scratch) {
            case .original(let part): bytes.extracting(part).array
            case .scratch(let count): scratch.withBytes(0..<count) { $0.array }
            }
        }
    }
}
