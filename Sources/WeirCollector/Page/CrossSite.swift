import HTTPTypes
import Hummingbird

/// Tells forms of this page from those that other sites have a visitor's browser send. There is no cookie that could be abused; but a
/// collector may be reachable for a visitor, and not for the site.
enum CrossSite {
    /// Whether a browser says that another site sends it. Programs that say nothing are no browsers.
    static func isFromElsewhere(_ request: Request) -> Bool {
        guard let siteName = HTTPField.Name("Sec-Fetch-Site") else { preconditionFailure("a header's name") }
        if let site = request.headers[siteName] { return site != "same-origin" && site != "none" }
        guard let origin = request.headers[.origin] else { return false }
        let host = request.head.authority ?? ""
        return host.isEmpty || (origin != "https://\(host)" && origin != "http://\(host)")
    }
}
