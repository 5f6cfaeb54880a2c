/** The plugin's own README: what has to be there before it does anything. */
export const pluginReadme = `# Concord for Claude Code

Sessions of one repository share their work as contracts and versioned results, kept in its own git. The plugin brings the MCP server, the hooks that brief a session and keep its claims, the skill \`concord\`, the agents \`worker\` and \`orchestrator\`, and a monitor that wakes a session of the team when there is work.

## What has to be installed

The plugin calls the command \`concord\`, which is found through \`PATH\` (Node 20.19 or newer, git 2.36 or newer):

\`\`\`sh
npm install --global git-concord    # or, in a clone of the repository: npm install --global .
claude plugin marketplace add "$(npm root --global)/git-concord"
claude plugin install concord@git-concord
cd your-repository && concord init
\`\`\`

Without the command, nothing happens but a failed MCP server in \`/mcp\`: the hooks let everything pass. In a repository without a store they say nothing.

\`concord init --client claude\` sets up one repository without the plugin, with the same hooks and the same server. One of the two is enough: with both, everything is said twice.

Permission for the tools: \`"permissions": {"allow": ["mcp__plugin_concord_concord"]}\` in your settings.

## Out again

\`\`\`sh
claude plugin uninstall concord@git-concord
claude plugin marketplace remove git-concord
\`\`\`

The store stays in git until \`concord eject\`.
`;
