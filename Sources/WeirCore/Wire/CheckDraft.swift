/// A CHECK as a client writes it: names and values as bytes.
package struct CheckDraft: Sendable {
    package var cost: UInt32
    package var isPeek: Bool
    package var mayWait: Bool
    package var isReserve: Bool
    package var attributes: [(name: String, value: [UInt8])]

    package init(
        attributes: [(name: String, value: [UInt8])], cost: UInt32 = 1, isPeek: Bool = false, mayWait: Bool = true,
        isReserve: Bool = false
    ) {
        self.attributes = attributes
        self.cost = cost
        self.isPeek = isPeek
        self.mayWait = mayWait
        self.isReserve = isReserve
    }

    /// Why the draft cannot be sent, naming the attribute; nil when it can.
    package var problem: String? {
        if attributes.count > WireLimits.maximumAttributes {
            return "\(attributes.count) attributes: a check takes at most \(WireLimits.maximumAttributes)"
        }
        for (name, value) in attributes {
            if name.isEmpty || name.utf8.count > WireLimits.maximumNameBytes {
                return "attribute \"\(name)\": a name has 1 to \(WireLimits.maximumNameBytes) bytes"
            }
            if value.count > WireLimits.maximumValueBytes {
                return "attribute \(name): a value has at most \(WireLimits.maximumValueBytes) bytes"
            }
        }
        return encodedBytes > WireLimits.maximumFrameBytes
            ? "all attributes together exceed \(WireLimits.maximumFrameBytes) bytes" : nil
    }

    private var encodedBytes: Int {
        attributes.reduce(CheckRequest.fixedBytes) { sum, attribute in
            let isWellKnown = AttributeSlot(name: attribute.name) != nil
            return sum + 4 + (isWellKnown ? 0 : attribute.name.utf8.count) + attribute.value.count
        }
    }

    package func frame(id: UInt64) -> [UInt8] {
        let length = encodedBytes
        return bytes(capacity: length) { writer in
            var flags: UInt16 = 0
            if isPeek { flags |= CheckRequest.peekFlag }
            if !mayWait { flags |= CheckRequest.noWaitFlag }
            if isReserve { flags |= CheckRequest.reserveFlag }
            FrameHeader(length: length, operation: .check, flags: flags, id: id).write(to: &writer)
            writer.append(cost)
            writer.append(UInt16(attributes.count))
            writer.append(0 as UInt16)
            for (name, value) in attributes {
                let slot = AttributeSlot(name: name)
                writer.append(slot?.index ?? 0)
                writer.append(slot == nil ? UInt8(name.utf8.count) : 0)
                writer.append(UInt16(value.count))
                if slot == nil { writer.append(name) }
                value.withBytes { writer.append($0) }
            }
        }
    }
}
