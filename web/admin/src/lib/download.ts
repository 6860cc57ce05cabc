/** Lets the browser download what an address answers with, to disk and under the name that the server gives. */
export function download(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
