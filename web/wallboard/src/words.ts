import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { Format } from './format';
import type { Language } from './preferences';
import { en, type Texts } from './texts/en';
import { vi } from './texts/vi';

export const TEXTS: Record<Language, Texts> = { en, vi };

/** How this screen speaks: its texts, and its way to write numbers and instants. */
export interface Words {
  texts: Texts;
  format: Format;
}

export const WordsContext = createContext<Words>({ texts: en, format: new Format('en', 'UTC') });

export function useWords(): Words {
  return useContext(WordsContext);
}
