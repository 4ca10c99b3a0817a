import { useCallback, useEffect, useState } from 'preact/hooks';

export const LANGUAGES = ['en', 'vi'] as const;
export type Language = (typeof LANGUAGES)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

// A browser may forbid storage altogether: what is chosen then lasts as long as the page.
function kept<T extends string>(key: string, choices: readonly T[]): T | undefined {
  try {
    const text = localStorage.getItem(key);
    return choices.find((choice) => choice === text);
  } catch {
    return undefined;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

function browsersLanguage(): Language {
  const known = navigator.languages.map((tag) => LANGUAGES.find((language) => tag.startsWith(language)));
  return known.find((language) => language !== undefined) ?? 'en';
}

export function useLanguage(): [Language, (language: Language) => void] {
  const [language, set] = useState(() => kept('gateway:language', LANGUAGES) ?? browsersLanguage());
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback((chosen: Language) => {
    keep('gateway:language', chosen);
    set(chosen);
  }, []);
  return [language, choose];
}

const DARK = matchMedia('(prefers-color-scheme: dark)');

/** The choice, whether it comes to dark, and how to choose. */
export function useTheme(): [Theme, boolean, (theme: Theme) => void] {
  const [theme, set] = useState(() => kept('gateway:theme', THEMES) ?? 'system');
  const [systemIsDark, setSystem] = useState(DARK.matches);
  useEffect(() => {
    const changed = () => setSystem(DARK.matches);
    DARK.addEventListener('change', changed);
    return () => DARK.removeEventListener('change', changed);
  }, []);
  // At once, not after drawing: charts read their colours from the page while they are drawn.
  document.documentElement.dataset.theme = theme;
  const choose = useCallback((chosen: Theme) => {
    keep('gateway:theme', chosen);
    set(chosen);
  }, []);
  return [theme, theme === 'system' ? systemIsDark : theme === 'dark', choose];
}
