import Testing
import WeirCommand

/// Apache's traps, from its modules and its lines.
@Suite struct ApacheChecksTests {
    private static let configuration = """
        # LuaHookAccessChecker /nowhere/weir.lua x
        <VirtualHost *:80>
            LuaScope thread
            LuaHookAccessChecker "/usr/share/weir/weir_hook.lua" weir_access
        </VirtualHost>
        """

    private func findings(
        _ text: String = configuration, modules: Set<String> = ["lua_module"], complaint: String? = nil,
        missing: [String] = [], modulesMissing: [String] = [], hasLuaSocket: Bool = true
    ) -> [Finding] {
        ApacheChecks.findings(
            ApacheFacts(
                complaint: complaint, modules: modules, lines: ApacheFacts.lines(text, file: "weir.conf"),
                missingScripts: missing, missingModules: modulesMissing, hasLuaSocket: hasLuaSocket))
    }

    @Test func aWorkingConfigurationHasNoTrap() {
        #expect(findings().allSatisfy { $0.verdict == .ok })
        #expect(findings().count == 5)
        let facts = ApacheFacts(modules: [], lines: ApacheFacts.lines(Self.configuration, file: "weir.conf"))
        #expect(facts.hooks.map(\.words) == [["LuaHookAccessChecker", "/usr/share/weir/weir_hook.lua", "weir_access"]])
        #expect(facts.hooks.map(\.place) == ["weir.conf:4"])
    }

    @Test func eachTrapIsFound() {
        #expect(findings(modules: []).troubles == ["apache-module"])
        let refused = findings(
            complaint: "AH00526: Syntax error on line 3 of weir.conf:\nInvalid command 'LuaScope', perhaps misspelled")
        #expect(refused.troubles == ["apache-module"])
        #expect(refused.fix("apache-module") == "a2enmod lua, and restart apache2")
        #expect(findings(complaint: "Syntax error").troubles == ["apache-configuration"])
        #expect(findings(missing: ["/usr/share/weir/weir_hook.lua"]).troubles == ["apache-script"])
        #expect(findings(modulesMissing: ["weir.apache"]).troubles == ["apache-lua-path"])
        #expect(findings(hasLuaSocket: false).fix("apache-lua-socket") == "apt-get install lua-socket")
        #expect(findings(Self.configuration.replacingText("LuaScope thread", "")).troubles == ["apache-scope"])
        #expect(
            findings(Self.configuration.replacingText("LuaScope thread", "LuaScope request")).troubles == [
                "apache-scope"
            ])
        #expect(findings("").troubles == ["apache-hook"])
        #expect(findings("RewriteMap weir \"prg:/usr/bin/weir map\"")["apache-hook"] == .note)
    }

    @Test func whatAScriptSaysIsReadOffItsText() {
        let lua = """
            local json = require "cjson"
            local weir = require("weir.apache")
            weir.setup { WEIR_SOCKET = '/run/other/agent.sock' }
            require 'weir.apache'
            """
        #expect(LuaText.modules(lua) == ["weir.apache"])
        #expect(LuaText.socket(lua) == "/run/other/agent.sock")
        #expect(LuaText.modules("require") == [])
        #expect(LuaText.socket("WEIR_SOCKET = path") == nil)
    }
}
