// What real coding agents have printed, without fields that nothing here looks at: Claude Code 2.1.330, Codex 0.169.0,
// Gemini CLI 0.61.0.

export const claudeLines: readonly string[] = [
  '{"type":"system","subtype":"init","session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289","model":"claude-opus-5-5","permissionMode":"acceptEdits"}',
  '{"type":"assistant","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"tool_use","id":"toolu_1","name":"Write","input":{"file_path":"/repo/new.txt","content":"hello"}}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1000,"output_tokens":50,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}},"parent_tool_use_id":null,"session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289"}',
  '{"type":"system","subtype":"permission_denied","session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289","tool_name":"Write","tool_use_id":"toolu_1"}',
  '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"Claude requested permissions to edit /repo/new.txt which is a sensitive file.","is_error":true,"tool_use_id":"toolu_1"}]},"parent_tool_use_id":null,"session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289"}',
  '{"type":"assistant","message":{"id":"msg_2","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"tool_use","id":"toolu_2","name":"Bash","input":{"command":"env | sort; echo hi > b.txt; git add -A && git commit -qm work && git log --oneline","description":"d"}}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1000,"output_tokens":50,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}},"parent_tool_use_id":null,"session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289"}',
  '{"type":"system","subtype":"permission_denied","session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289","tool_name":"Bash","tool_use_id":"toolu_2"}',
  '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"Claude requested permissions to edit /repo/b.txt which is a sensitive file.","is_error":true,"tool_use_id":"toolu_2"}]},"parent_tool_use_id":null,"session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289"}',
  '{"type":"assistant","message":{"id":"msg_3","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":"done"}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1000,"output_tokens":50,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}},"parent_tool_use_id":null,"session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289"}',
  '{"type":"result","subtype":"success","is_error":false,"duration_ms":257,"duration_api_ms":96,"num_turns":3,"result":"done","stop_reason":"end_turn","session_id":"5258485b-d73c-425b-a1c1-a5492d9f5289","total_cost_usd":0.015,"usage":{"input_tokens":3000,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":150},"modelUsage":{"claude-opus-5-5":{"inputTokens":3000,"outputTokens":150,"cacheReadInputTokens":0,"cacheCreationInputTokens":0,"webSearchRequests":0,"costUSD":0.015,"contextWindow":1000000,"maxOutputTokens":128000,"thinkingTokens":0,"cacheCreationEphemeral5mInputTokens":0,"cacheCreationEphemeral1hInputTokens":0,"canonicalModel":"claude-opus-5-5","provider":"firstParty","costBasis":"list"}},"permission_denials":[{"tool_name":"Write","tool_use_id":"toolu_1","tool_input":{"file_path":"/repo/new.txt","content":"hello"}},{"tool_name":"Bash","tool_use_id":"toolu_2","tool_input":{"command":"env | sort; echo hi > b.txt; git add -A && git commit -qm work && git log --oneline","description":"d"}}]}',
];

export const codexLines: readonly string[] = [
  '{"type":"thread.started","thread_id":"01a2065f-0b99-7083-8bab-46a05d9f6d29"}',
  '{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata for `fake` not found."}}',
  '{"type":"turn.started"}',
  '{"type":"item.completed","item":{"id":"item_1","type":"mcp_tool_call","server":"concord","tool":"team_brief","arguments":{},"result":{"content":[{"type":"text","text":"You are cx-dev on main."}],"structured_content":null},"error":null,"status":"completed"}}',
  '{"type":"item.completed","item":{"id":"item_4","type":"agent_message","text":"done"}}',
  '{"type":"turn.completed","usage":{"input_tokens":4000,"cached_input_tokens":800,"cache_write_input_tokens":0,"output_tokens":200,"reasoning_output_tokens":40}}',
];

/** The refused decision is put in: it is not said where a tool is not even offered. */
export const geminiText = JSON.stringify(
  {
    session_id: 'd42ceebe-ca35-40db-930f-551f16bba9f2',
    response: 'done',
    stats: {
      models: {
        'gemini-2.5-flash': {
          tokens: {
            input: 3200,
            prompt: 4000,
            candidates: 200,
            total: 4200,
            cached: 800,
            thoughts: 0,
            tool: 0,
          },
        },
      },
      tools: {
        totalCalls: 3,
        totalSuccess: 1,
        totalFail: 2,
        totalDurationMs: 49,
        totalDecisions: { accept: 1, reject: 0, modify: 0, auto_accept: 0 },
        byName: {
          write_file: {
            count: 1,
            success: 1,
            fail: 0,
            durationMs: 49,
            decisions: { accept: 1, reject: 0, modify: 0, auto_accept: 0 },
          },
          run_shell_command: {
            count: 1,
            success: 0,
            fail: 1,
            durationMs: 0,
            decisions: { accept: 0, reject: 1, modify: 0, auto_accept: 0 },
          },
        },
      },
      files: { totalLinesAdded: 1, totalLinesRemoved: 0 },
    },
  },
  null,
  2,
);
