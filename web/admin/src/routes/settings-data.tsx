import { retentionQuery } from '@/api/retention';
import { RetentionForm } from '@/features/settings/retention-form';
import { useSuspenseQuery } from '@tanstack/react-query';

export default function DataPage() {
  const { data } = useSuspenseQuery(retentionQuery);
  return <RetentionForm key={data.version} opened={data} />;
}
