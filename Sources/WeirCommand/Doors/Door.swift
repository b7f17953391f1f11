import WeirCore

/// A socket of the agent's, and how one sees from outside that it is served: a question that takes and counts nothing.
package enum Door: String, CaseIterable, Encodable, Sendable {
    case native
    case http
    /// The HTTP door's socket of its own for `/check`.
    case check
    case spoe
    /// Datagrams: nobody answers.
    case log

    /// The variable that says where it is.
    package var variable: String {
        switch self {
        case .native: "WEIR_SOCKET"
        case .http: "WEIR_HTTP_SOCKET"
        case .check: "WEIR_CHECK_SOCKET"
        case .spoe: "WEIR_SPOE_SOCKET"
        case .log: "WEIR_LOG_SOCKET"
        }
    }

    package var takesDatagrams: Bool { self == .log }

    /// What is sent; empty where a connection is all that can be seen.
    package var question: [UInt8] {
        switch self {
        case .native: Self.ping
        // Where /check is not served, 404 is an answer as well.
        case .http, .check: Array("GET /check HTTP/1.1\r\nHost: weir\r\nWeir-Peek: 1\r\nConnection: close\r\n\r\n".utf8)
        case .spoe: Self.hello
        case .log: []
        }
    }

    private static let ping = bytes(capacity: WireLimits.headerBytes) {
        FrameHeader(length: WireLimits.headerBytes, operation: .ping, id: 1).write(to: &$0)
    }

    /// The hello that HAProxy's `option spop-check` sends, whole: HAPROXY-HELLO with versions, the frame size, no capabilities, and
    /// `healthcheck`, after which both sides close.
    private static let hello: [UInt8] = {
        var payload: [UInt8] = []
        func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        payload += text("supported-versions") + [0x08] + text("2.0")
        // 16380 as a varint of the protocol's.
        payload += text("max-frame-size") + [0x03, 0xfc, 0xf0, 0x06]
        payload += text("capabilities") + [0x08] + text("")
        payload += text("healthcheck") + [0x11]
        let frame: [UInt8] = [0x01, 0, 0, 0, 0x01, 0, 0] + payload
        return [0, 0, 0, UInt8(frame.count)] + frame
    }()

    /// What an answer's first bytes say; nil when more have to come.
    package func verdict(on answer: [UInt8]) -> DoorAnswer.Verdict? {
        switch self {
        case .native:
            guard answer.count >= WireLimits.headerBytes else { return nil }
            switch Operation(rawValue: answer[5]) {
            case .pingAnswer: return .served
            case .error: return .refused
            default: return .strange
            }
        case .http, .check:
            guard answer.count >= 12 else { return nil }
            guard answer.starts(with: Array("HTTP/1.1 ".utf8)) else { return .strange }
            // A policy may deny what has no attributes: that is an answer. A refusal of the connection says so in its body.
            let text = String(decoding: answer, as: UTF8.self)
            return text.contains("a user that may use this socket") || text.contains("fewer connections")
                ? .refused : .served
        case .spoe:
            guard answer.count >= 5 else { return nil }
            return answer[4] == 101 ? .served : answer[4] == 102 ? .refused : .strange
        case .log: return .served
        }
    }
}
