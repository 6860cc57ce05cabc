import { Page } from '@/components/page';
import { LinksList } from '@/features/shares/links-list';

export default function ShareLinksPage() {
  return (
    <Page title="Share links" description="Reports that people without an account can read.">
      <LinksList />
    </Page>
  );
}
