import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { CostsList } from '@/features/costs/costs-list';
import { Link, Outlet } from '@tanstack/react-router';
import { Plus, Upload } from 'lucide-react';

export default function CostsPage() {
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Costs"
      description="What clicks cost, corrected after the fact. Reports show it at once, and every correction can be undone."
      actions={
        <>
          <Link
            to="/costs/import"
            disabled={Boolean(lacksEditor)}
            title={lacksEditor}
            className={buttonClass('secondary')}
          >
            <Upload className="text-ink-faint size-3.5" aria-hidden="true" /> Import a file
          </Link>
          <Link to="/costs/new" disabled={Boolean(lacksEditor)} title={lacksEditor} className={buttonClass('primary')}>
            <Plus className="size-3.5" aria-hidden="true" /> Correct costs
          </Link>
        </>
      }
    >
      <CostsList />
      <Outlet />
    </Page>
  );
}
