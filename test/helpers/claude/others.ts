import { fileIn, makeHome } from './home.ts';
import type { Home } from './home.ts';
import type { Model } from './model.ts';
import { programOf } from './program.ts';

/** The real programs; undefined where they cannot be had. */
export const codex = programOf('codex');
export const gemini = programOf('gemini');

/** Settings of Codex that send it to the scripted model. */
const codexSettings = (model: Model): string => `
model = "scripted"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "${model.url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
`;

const geminiSettings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
};

/** Puts Codex into a home, for the scripted model. */
export const withCodex = (home: Home, model: Model): Home => {
  fileIn(home, '.codex/config.toml', codexSettings(model));
  return { ...home, env: { ...home.env, SCRIPTED_KEY: 'none' } };
};

/** Puts Gemini CLI into a home, for the scripted model. */
export const withGemini = (home: Home, model: Model): Home => {
  fileIn(home, '.gemini/settings.json', geminiSettings);
  const env = { ...home.env, GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: model.url };
  return { ...home, env };
};

/** A home for one of them. */
export const otherHome = (client: 'codex' | 'gemini', model: Model): Home =>
  client === 'codex'
    ? withCodex(makeHome({ codex: codex ?? '' }), model)
    : withGemini(makeHome({ gemini: gemini ?? '' }), model);

/** The command that lets one of them do what a prompt says, and ends. */
export const otherCommand = (client: 'codex' | 'gemini', prompt: string): readonly string[] =>
  client === 'codex'
    ? [
        'codex',
        'exec',
        '--json',
        '--dangerously-bypass-approvals-and-sandbox',
        '--dangerously-bypass-hook-trust',
        prompt,
      ]
    : [
        'gemini',
        '-m',
        'gemini-2.5-pro',
        '-p',
        prompt,
        '-o',
        'json',
        '--skip-trust',
        '--approval-mode',
        'yolo',
      ];
