/** Where an object of the configuration is edited, by the collection names that the API uses. */
export function pathOf(kind: string, id: string): string | null {
  switch (kind) {
    case 'campaigns':
    case 'destinations':
    case 'sources':
    case 'networks':
    case 'outputs':
    case 'domains':
      return `/${kind}/${id}`;
    case 'users':
      return `/settings/users/${id}`;
    default:
      return null;
  }
}
