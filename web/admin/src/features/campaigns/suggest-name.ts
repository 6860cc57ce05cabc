/** `Source – Destination`; a URL stands for its host. */
export function suggestName(source: string | undefined, destination: string | undefined): string {
  return [source, destination ? hostOf(destination) : undefined].filter(Boolean).join(' – ');
}

function hostOf(text: string): string {
  const match = /^https?:\/\/([^/?#:]+)/i.exec(text.trim());
  return match?.[1] ?? (/^https?:/i.test(text.trim()) ? '' : text.trim());
}
