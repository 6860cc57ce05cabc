import { CostImport } from '@/features/costs/cost-import';
import { useNavigate } from '@tanstack/react-router';

export default function CostImportPage() {
  const navigate = useNavigate();
  return <CostImport onClose={() => void navigate({ to: '/costs' })} />;
}
