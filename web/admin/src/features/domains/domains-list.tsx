import { campaignsQuery } from '@/api/campaigns';
import { domainsQuery } from '@/api/domains';
import type { Domain } from '@/api/types';
import { NameCell } from '@/components/name-cell';
import { SimpleList } from '@/components/simple-list';
import { Badge } from '@/components/ui/badge';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import type { PlainListParams } from '@/lib/params';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Globe, Plus } from 'lucide-react';

interface Props {
  search: PlainListParams;
  onSearch: (patch: Partial<PlainListParams>) => void;
}

export function DomainsList({ search, onSearch }: Props) {
  const navigate = useNavigate();
  const { data: rows } = useSuspenseQuery(domainsQuery);
  const { data: campaigns } = useSuspenseQuery(campaignsQuery('all'));
  const campaignName = (id: string | null) => campaigns.find(campaign => campaign.id === id)?.name ?? '';
  const columns: ColumnDef<Domain>[] = [
    { id: 'name', header: 'Host', cell: ({ row }) => <NameCell name={row.original.host} />, meta: { sort: 'name' } },
    {
      id: 'https',
      header: 'Links',
      cell: ({ row }) => (
        <Badge tone={row.original.https ? 'positive' : 'warning'}>{row.original.https ? 'https' : 'http'}</Badge>
      ),
    },
    {
      id: 'default',
      header: 'Bare domain',
      cell: ({ row }) => <Text value={campaignName(row.original.default_campaign_id)} className="max-w-64" />,
      meta: { sort: 'default' },
    },
    {
      id: 'not_found',
      header: 'Unknown paths',
      cell: ({ row }) => <Text value={row.original.not_found_url} mono className="max-w-72" />,
    },
  ];
  return (
    <SimpleList
      label="Domains"
      rows={rows}
      columns={columns}
      search={search}
      onSearch={onSearch}
      text={row => row.host}
      sortValue={(row, key) => (key === 'default' ? campaignName(row.default_campaign_id) : row.host)}
      onOpen={row => void navigate({ to: '/domains/$id', params: { id: row.id }, search: prev => prev })}
      empty={
        <EmptyState
          icon={<Globe />}
          title="No domains yet"
          actions={
            <Link to="/domains/$id" params={{ id: 'new' }} search={prev => prev} className={buttonClass('primary')}>
              <Plus className="size-3.5" /> New domain
            </Link>
          }
        >
          Campaigns already answer on this server’s own address. Add your own host names for links that visitors see.
        </EmptyState>
      }
    />
  );
}
