/// What is known of the nginx on this machine.
package struct NginxFacts: Sendable {
    /// What `nginx -V` says: version and how it was built.
    package var build: String
    /// Whether `nginx -T` has taken the configuration.
    package var isAccepted: Bool
    /// What it has said on standard error.
    package var complaint: String
    package var configuration: NginxConfiguration
    /// Of the Lua modules that are required by a name with `weir` in it, those that are in no place of `lua_package_path`.
    package var missingLuaModules: [String]

    package init(
        build: String, isAccepted: Bool, complaint: String, configuration: NginxConfiguration,
        missingLuaModules: [String] = []
    ) {
        self.build = build
        self.isAccepted = isAccepted
        self.complaint = complaint
        self.configuration = configuration
        self.missingLuaModules = missingLuaModules
    }

    /// `1.22.1`; empty where nginx does not say.
    package var version: ProgramVersion { ProgramVersion(in: build, behind: "/") }

    /// Proxied connections are kept without being told so.
    var keepsByDefault: Bool { version >= ProgramVersion(1, 29, 7) }
}
