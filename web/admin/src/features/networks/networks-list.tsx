import { deleteNetwork, networksQuery } from '@/api/networks';
import type { Network } from '@/api/types';
import { EntityList, type ListPage } from '@/components/entity-list';
import { NameCell } from '@/components/name-cell';
import { Text } from '@/components/value';
import { useSuspenseQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { Handshake } from 'lucide-react';

const COLUMNS: ColumnDef<Network>[] = [
  {
    id: 'name',
    header: 'Affiliate network',
    cell: ({ row }) => <NameCell name={row.original.name} />,
    meta: { sort: 'name' },
  },
  {
    id: 'postback',
    header: 'Click id macro',
    cell: ({ row }) => <Text value={row.original.click_id_token} mono className="max-w-40" />,
    meta: { title: 'The macro by which the network sends the click id back' },
  },
];

export function NetworksList(list: ListPage) {
  const { data: rows } = useSuspenseQuery(networksQuery);
  return (
    <EntityList
      {...list}
      page="networks"
      dimension="network"
      kind="affiliate network"
      label="Affiliate networks"
      rows={rows}
      columns={COLUMNS}
      icon={<Handshake />}
      about="A network tells Signalbox about conversions by calling its postback URL. Create it, copy the URL into the network, and revenue appears in reports."
      remove={deleteNetwork}
      lost="Its postback URL stops working: conversions that it still sends are refused. Past conversions stay in reports."
      typeName
    />
  );
}
