import HTTPTypes
import Hummingbird
import NIOCore
import WeirBilling

/// In which form invoices are asked for: by `format`, else by `Accept`.
enum InvoiceForm: String, CaseIterable {
    case json, csv, text

    static let field = Field(
        optional: "format", .choice(allCases.map(\.rawValue)), "the form of the answer (what Accept says, or json)")

    var type: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8"
        case .text: "text/plain; charset=utf-8"
        }
    }

    static let types = allCases.map(\.type)

    init(_ query: Fields, _ request: Request) {
        if let asked = query.text("format").flatMap(InvoiceForm.init(rawValue:)) {
            self = asked
            return
        }
        let wanted = (request.headers[.accept] ?? "").split(separator: ",").compactMap { part -> InvoiceForm? in
            let type = part.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
            return Self.allCases.first { $0.type.prefix { $0 != ";" } == type }
        }
        self = wanted.first ?? .json
    }

    func response(_ text: String) -> Response {
        // A browser takes it for what it says it is.
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        if let name = HTTPField.Name("X-Content-Type-Options") { headers[name] = "nosniff" }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
