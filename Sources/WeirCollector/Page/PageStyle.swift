import Crypto
import FoundationEssentials

/// How the page looks, and what browsers may do with it: nothing but show it and send its form.
enum PageStyle {
    static let css = """
        :root{color-scheme:light dark}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        section{border-top:1px solid;margin-top:2rem}
        article{border:1px solid;border-radius:.5rem;padding:0 1rem;margin:1rem 0}
        dt{font-weight:600}
        dd{margin:0 0 .5rem 0}
        pre,code{font-family:ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        label{display:block;margin:.5rem 0}
        input{font:inherit;display:block;width:100%;max-width:24rem}
        .fault{color:#b00020}
        """

    /// No script, no image, nothing from elsewhere, in no frame; the one style is known by its digest.
    static let policy: String = {
        let digest = Data(SHA256.hash(data: Data(css.utf8))).base64EncodedString()
        return
            "default-src 'none'; style-src 'sha256-\(digest)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    }()
}
