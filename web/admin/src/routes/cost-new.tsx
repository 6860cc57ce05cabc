import { CostForm } from '@/features/costs/cost-form';
import { useNavigate } from '@tanstack/react-router';

export default function CostNewPage() {
  const navigate = useNavigate();
  return <CostForm onClose={() => void navigate({ to: '/costs' })} />;
}
