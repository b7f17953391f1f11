/// What is known of the Caddy on this machine.
package struct CaddyFacts: Sendable {
    /// What `caddy version` says.
    package var version: ProgramVersion
    /// What `caddy adapt` says of the configuration; nil when it takes it, or could not be asked.
    package var complaint: String?
    package var file: String
    package var caddyfile: [CaddyfileBlock]

    package init(version: ProgramVersion, complaint: String? = nil, file: String, caddyfile: [CaddyfileBlock]) {
        self.version = version
        self.complaint = complaint
        self.file = file
        self.caddyfile = caddyfile
    }

    /// The directives that ask the agent: `forward_auth`, or a `reverse_proxy` that rewrites to `/forward`.
    var asking: [CaddyfileBlock] {
        var found: [CaddyfileBlock] = []
        for site in caddyfile {
            site.walk { block in
                switch block.words.first {
                case "forward_auth": found.append(block)
                case "reverse_proxy"
                where block.all("rewrite").contains { $0.words.last?.hasPrefix("/forward") == true }:
                    found.append(block)
                default: break
                }
            }
        }
        return found
    }

    /// The path of the agent's socket, which Caddy writes as `unix//run/weir/http.sock`.
    package var socketPath: String? {
        asking.lazy.flatMap(\.words).first { $0.hasPrefix("unix/") }.map { String($0.dropFirst("unix/".count)) }
    }
}
