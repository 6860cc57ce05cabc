import { createContext, useContext } from 'react';

/** The modal dialog around a component, if any: floating panels must be drawn inside it, because everything outside is inert. */
export const LayerContext = createContext<HTMLElement | null>(null);

export function useLayer(): HTMLElement | undefined {
  return useContext(LayerContext) ?? undefined;
}
