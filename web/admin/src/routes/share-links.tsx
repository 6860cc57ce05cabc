import { Page } from '@/components/page';
import { RoleGate } from '@/components/role-gate';
import { LinksList } from '@/features/shares/links-list';

export default function ShareLinksPage() {
  return (
    <Page title="Share links" description="Reports that people without an account can read.">
      <RoleGate page="/share-links">
        <LinksList />
      </RoleGate>
    </Page>
  );
}
